//! How deep discounts go, by segment: whether some groups are given much more than others.

use std::collections::BTreeMap;
use std::fmt::Write;

use serde::Serialize;

/// Orders below which a segment's share says nothing about a gap.
const FEWEST_ORDERS: u64 = 20;

/// Discounts of all segments, in alphabetical order.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct DepthReport {
    pub segments: Vec<SegmentDepth>,
    /// Between segments of at least 20 orders.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub largest_gap: Option<Gap>,
}

/// What one segment was given. Money is in minor units.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SegmentDepth {
    pub segment: String,
    pub orders: u64,
    /// Orders with any discount.
    pub discounted: u64,
    pub gross_minor: i128,
    pub discount_minor: i128,
    /// Discounts over gross of all orders.
    pub share_of_gross: f64,
    /// The mean over discounted orders of discount over gross.
    pub mean_depth: f64,
}

/// How far two segments' shares of gross are apart.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Gap {
    pub most: String,
    pub least: String,
    pub difference: f64,
}

/// Counts discounts by segment. `rows`: an order each, of one currency: segment, gross before discounts and discount, in minor
/// units. Segments may be protected ones: here they are only counted, to see whether an offer treats them alike.
pub fn depth_by_segment(rows: impl IntoIterator<Item = (String, i64, i64)>) -> DepthReport {
    let mut segments: BTreeMap<String, SegmentDepth> = BTreeMap::new();
    for (segment, gross, discount) in rows {
        segments.entry(segment).or_default().add(gross, discount);
    }
    let finished = |(segment, depth): (String, SegmentDepth)| depth.finish(segment);
    let segments: Vec<SegmentDepth> = segments.into_iter().map(finished).collect();
    DepthReport {
        largest_gap: largest_gap(&segments),
        segments,
    }
}

impl Default for SegmentDepth {
    fn default() -> Self {
        Self {
            segment: String::new(),
            orders: 0,
            discounted: 0,
            gross_minor: 0,
            discount_minor: 0,
            share_of_gross: 0.0,
            mean_depth: 0.0,
        }
    }
}

impl SegmentDepth {
    fn add(&mut self, gross: i64, discount: i64) {
        self.orders += 1;
        self.gross_minor += i128::from(gross);
        self.discount_minor += i128::from(discount);
        if discount > 0 && gross > 0 {
            self.discounted += 1;
            self.mean_depth += discount as f64 / gross as f64;
        }
    }

    /// From sums to means.
    fn finish(mut self, segment: String) -> Self {
        self.segment = segment;
        if self.gross_minor > 0 {
            self.share_of_gross = self.discount_minor as f64 / self.gross_minor as f64;
        }
        self.mean_depth /= self.discounted.max(1) as f64;
        self
    }
}

fn largest_gap(segments: &[SegmentDepth]) -> Option<Gap> {
    let enough: Vec<&SegmentDepth> = segments
        .iter()
        .filter(|depth| depth.orders >= FEWEST_ORDERS)
        .collect();
    let by_share = |a: &&&SegmentDepth, b: &&&SegmentDepth| a.share_of_gross.total_cmp(&b.share_of_gross);
    let (most, least) = (enough.iter().max_by(by_share)?, enough.iter().min_by(by_share)?);
    (enough.len() > 1).then(|| Gap {
        most: most.segment.clone(),
        least: least.segment.clone(),
        difference: most.share_of_gross - least.share_of_gross,
    })
}

impl DepthReport {
    /// A table for people.
    pub fn render(&self) -> String {
        let widest = self
            .segments
            .iter()
            .map(|depth| depth.segment.chars().count())
            .max();
        let wide = widest.unwrap_or(0).max(7);
        let mut text = format!(
            "{:<wide$}   orders  discounted  share of gross  mean depth\n",
            "segment"
        );
        for depth in &self.segments {
            let _ = writeln!(
                text,
                "{:<wide$}  {:>7}  {:>10}  {:>12.2} %  {:>8.2} %",
                depth.segment,
                depth.orders,
                depth.discounted,
                depth.share_of_gross * 100.0,
                depth.mean_depth * 100.0
            );
        }
        if let Some(gap) = &self.largest_gap {
            let points = gap.difference * 100.0;
            let _ = writeln!(
                text,
                "largest gap: {points:.2} points, {} over {}",
                gap.most, gap.least
            );
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn orders(segment: &str, count: usize, gross: i64, discount: i64) -> Vec<(String, i64, i64)> {
        vec![(segment.to_owned(), gross, discount); count]
    }

    #[test]
    fn depths_and_the_largest_gap_are_told() {
        let rows = [
            orders("new", 20, 10_000, 1_000),
            orders("new", 20, 10_000, 0),
            orders("loyal", 30, 5_000, 1_000),
            orders("one", 3, 100, 100),
        ];
        let report = depth_by_segment(rows.concat());
        let new = &report.segments[1];
        assert_eq!(
            (new.segment.as_str(), new.orders, new.discounted),
            ("new", 40, 20)
        );
        assert!((new.share_of_gross - 0.05).abs() < 1e-12 && (new.mean_depth - 0.1).abs() < 1e-12);
        let gap = report.largest_gap.clone().unwrap();
        assert_eq!(
            (gap.most.as_str(), gap.least.as_str()),
            ("loyal", "new"),
            "one has too few orders"
        );
        assert!((gap.difference - 0.15).abs() < 1e-12);
        assert!(
            report
                .render()
                .ends_with("largest gap: 15.00 points, loyal over new\n"),
            "{}",
            report.render()
        );
    }

    #[test]
    fn free_orders_and_no_orders_have_no_depth() {
        let report = depth_by_segment(orders("gift", 25, 0, 0));
        assert_eq!(
            (report.segments[0].share_of_gross, report.segments[0].mean_depth),
            (0.0, 0.0)
        );
        assert_eq!(report.largest_gap, None);
        assert!(depth_by_segment([]).segments.is_empty());
        let large = depth_by_segment(orders("large", 30, i64::MAX, i64::MAX));
        assert_eq!(large.segments[0].share_of_gross, 1.0);
    }
}
