//! Curves drawn as SVG.

use std::path::Path;

use anyhow::Result;
use plotters::prelude::*;
use shopkeeper::nlu::coverage::CoveragePoint;

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
