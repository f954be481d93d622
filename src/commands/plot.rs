//! Curves and bars drawn as SVG.

use std::path::Path;

use anyhow::Result;
use plotters::prelude::*;
use shopkeeper::nlu::coverage::CoveragePoint;
use shopkeeper::recommend::evaluate::AblationLine;

/// A curve and where its model acts.
pub struct Curve {
    pub name: String,
    pub points: Vec<CoveragePoint>,
    pub threshold: f32,
}

const SIZE: (u32, u32) = (760, 460);
const COLOURS: [RGBColor; 5] = [
    RGBColor(0, 90, 181),
    RGBColor(220, 50, 32),
    RGBColor(0, 125, 90),
    RGBColor(140, 70, 160),
    RGBColor(190, 120, 0),
];

/// Draws coverage (messages in scope that are answered) against precision (answers that are right); a dot marks the
/// threshold that training chose.
pub fn coverage(curves: &[Curve], out: &Path) -> Result<()> {
    let drawn = |curve: &Curve| -> Vec<(f64, f64)> {
        let points = curve.points.iter().filter(|point| point.coverage > 0.0);
        points
            .map(|point| (100.0 * point.coverage, 100.0 * point.precision))
            .collect()
    };
    let all = curves.iter().flat_map(drawn).map(|(_, precision)| precision);
    let least = (all.fold(100.0, f64::min) / 10.0).floor() * 10.0;
    let area = SVGBackend::new(out, SIZE).into_drawing_area();
    area.fill(&WHITE)?;
    let mut chart = ChartBuilder::on(&area)
        .margin(16)
        .x_label_area_size(44)
        .y_label_area_size(56)
        .build_cartesian_2d(0f64..100f64, least..100f64)?;
    chart
        .configure_mesh()
        .x_desc("messages in scope that are answered, %")
        .y_desc("answers that are right, %")
        .label_style(("sans-serif", 14))
        .light_line_style(WHITE)
        .draw()?;
    for (curve, colour) in curves.iter().zip(COLOURS.iter().cycle()) {
        let colour = *colour;
        chart
            .draw_series(LineSeries::new(drawn(curve), colour.stroke_width(2)))?
            .label(&curve.name)
            .legend(move |(x, y)| PathElement::new([(x, y), (x + 18, y)], colour.stroke_width(2)));
        let distance = |point: &&CoveragePoint| (point.threshold - curve.threshold).abs();
        let chosen = curve
            .points
            .iter()
            .min_by(|a, b| distance(a).total_cmp(&distance(b)));
        let chosen = chosen.map(|point| (100.0 * point.coverage, 100.0 * point.precision));
        chart.draw_series(chosen.map(|at| Circle::new(at, 5, colour.filled())))?;
    }
    chart
        .configure_series_labels()
        .position(SeriesLabelPosition::LowerLeft)
        .label_font(("sans-serif", 14))
        .background_style(WHITE)
        .border_style(BLACK.mix(0.2))
        .draw()?;
    area.present()?;
    Ok(())
}

/// Draws what the hybrid loses without each source, in thousandths of nDCG@10; bars to the left: it is better off without.
pub fn ablation(lines: &[AblationLine], out: &Path) -> Result<()> {
    let lost = |line: &AblationLine| 1000.0 * line.lost;
    let most = lines.iter().map(lost).fold(0.5, f64::max);
    let least = lines.iter().map(lost).fold(0.0, f64::min);
    let rows = lines.len() as i32;
    let area = SVGBackend::new(out, SIZE).into_drawing_area();
    area.fill(&WHITE)?;
    let mut chart = ChartBuilder::on(&area)
        .margin(16)
        .x_label_area_size(44)
        .y_label_area_size(150)
        .build_cartesian_2d(1.1 * least..1.1 * most, (0..rows - 1).into_segmented())?;
    // Rows are counted from below, the source that is missed most stands above.
    let name = |row: &SegmentValue<i32>| match row {
        SegmentValue::CenterOf(row) => {
            let line = usize::try_from(rows - 1 - row).ok().and_then(|at| lines.get(at));
            line.map_or(String::new(), |line| line.left_out.to_owned())
        }
        _ => String::new(),
    };
    chart
        .configure_mesh()
        .disable_y_mesh()
        .x_desc("nDCG@10 that the hybrid loses without it, in thousandths")
        .y_labels(lines.len())
        .y_label_formatter(&name)
        .label_style(("sans-serif", 14))
        .light_line_style(WHITE)
        .draw()?;
    chart.draw_series((0..rows).zip(lines).map(|(place, line)| {
        let row = rows - 1 - place;
        let corners = [
            (0.0, SegmentValue::Exact(row)),
            (lost(line), SegmentValue::Exact(row + 1)),
        ];
        let mut bar = Rectangle::new(corners, COLOURS[usize::from(line.lost < 0.0)].filled());
        bar.set_margin(3, 3, 0, 0);
        bar
    }))?;
    area.present()?;
    Ok(())
}
