//! How near predictions come to the law.

use super::*;

fn line<'a>(report: &'a Report, name: &str) -> &'a ReportLine {
    report.lines.iter().find(|line| line.name == name).unwrap()
}

fn network_of(table: &Table) -> Model {
    let (rows, targets) = (&table.features, &table.targets);
    let settings = Settings::default();
    fit(
        Kind::Network,
        rows,
        targets,
        Target::Value,
        &settings,
        &Progress::silent(),
    )
    .unwrap()
}

#[test]
fn the_network_comes_near_the_noise_whatever_the_law() {
    for (seed, (name, law)) in (11..).step_by(2).zip(LAWS) {
        let (table, unseen) = (drawn(law, 4000, NOISE, seed), drawn(law, 4000, NOISE, seed + 1));
        let predicted = network_of(&table).predict_all(&unseen.features);
        let error = mean_squared_error(&predicted, &unseen.targets);
        assert!(error <= 0.0123, "{name}: {error}");
    }
}

#[test]
fn in_the_exam_the_network_is_near_the_noise_and_the_average_not_the_worst() {
    let table = drawn(taste, 5000, NOISE, 21);
    let report = evaluate_table(&table, 4, &Progress::silent()).unwrap().report;
    let text = report.render();
    assert!(line(&report, "network").scores.mse <= 0.0123, "{text}");
    let kinds = report.lines.iter().take(4);
    let worst = kinds.map(|line| line.scores.mse).fold(0.0, f64::max);
    assert!(line(&report, "average").scores.mse < worst, "{text}");
    assert!(
        report.lines.iter().all(|line| line.scores.auc.unwrap() > 0.75),
        "{text}"
    );
}

#[test]
fn without_noise_the_network_is_nearly_exact() {
    let (table, unseen) = (drawn(taste, 5000, 0.0, 1), drawn(taste, 1000, 0.0, 2));
    let error = mean_squared_error(&network_of(&table).predict_all(&unseen.features), &unseen.targets);
    assert!(error < 2e-4, "{error}");
}

#[test]
fn ridge_finds_the_weights_of_a_linear_law() {
    let linear = |row: &[f32]| 3.0 - 2.0 * row[0] + 0.5 * row[8];
    let model = quickly(Kind::Logistic, &drawn(linear, 500, 0.0, 3), Target::Value).unwrap();
    let row = [0.9, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.1];
    assert!((model.predict(&row) - linear(&row)).abs() < 0.01);
}

#[test]
fn a_tree_finds_a_step_and_its_place() {
    let step = |row: &[f32]| if row[5] <= 0.3 { 1.0 } else { 4.0 };
    let model = quickly(Kind::Tree, &drawn(step, 2000, 0.0, 4), Target::Value).unwrap();
    let at = |value: f32| model.predict(&[0.5, 0.5, 0.5, 0.5, 0.5, value, 0.5, 0.5, 0.5]);
    assert_eq!((at(0.29), at(0.31)), (1.0, 4.0));
}

#[test]
fn chances_are_probabilities_that_tell_likely_from_unlikely() {
    let (table, unseen) = (separable(additive, 0.25, 5), separable(additive, 0.25, 6));
    let relevant: Vec<bool> = unseen.targets.iter().map(|target| *target == 1.0).collect();
    let settings = Settings {
        trees: 16,
        ..Settings::default()
    };
    let learn = |kind| {
        let (rows, targets) = (&table.features, &table.targets);
        fit(
            kind,
            rows,
            targets,
            Target::Chance,
            &settings,
            &Progress::silent(),
        )
        .unwrap()
    };
    let average = Average(Kind::ALL.map(learn).to_vec());
    for ranker in average
        .0
        .iter()
        .map(|model| model as &dyn Ranker)
        .chain([&average as &dyn Ranker])
    {
        let chances = ranker.predict_all(&unseen.features);
        assert!(chances.iter().all(|chance| (0.0..=1.0).contains(chance)));
        let area = area_under_curve(&chances, &relevant).unwrap();
        assert!(area > 0.93, "{}: {area}", ranker.name());
    }
}

#[test]
fn the_average_of_chances_is_that_of_log_odds() {
    let table = separable(additive, 0.25, 5);
    let average = Average(
        Kind::ALL
            .map(|kind| quickly(kind, &table, Target::Chance).unwrap())
            .to_vec(),
    );
    let row = table.features.row(0);
    let odds = average.0.iter().map(|model| f64::from(model.predict(row)));
    let product: f64 = odds.map(|chance| chance / (1.0 - chance)).product();
    let root = product.powf(0.25);
    assert!((f64::from(average.predict(row)) - root / (1.0 + root)).abs() < 1e-4);
}
