//! What holds for a model of any kind.

use super::*;
use crate::progress::Cancelled;

#[test]
fn saved_and_read_back_a_model_predicts_the_same() {
    let table = drawn(sine, 400, NOISE, 7);
    for kind in Kind::ALL {
        let model = quickly(kind, &table, Target::Value).unwrap();
        let before = model.predict_all(&table.features);
        let bytes = postcard::to_stdvec(&model).unwrap();
        let small: Model = postcard::from_bytes(&bytes).unwrap();
        assert_eq!(before, small.predict_all(&table.features), "{}", kind.name());
        let text = serde_json::to_string(&model).unwrap();
        let plain: Model = serde_json::from_str(&text).unwrap();
        assert_eq!(before, plain.predict_all(&table.features), "{}", kind.name());
    }
}

#[test]
fn the_same_seed_gives_the_same_model() {
    let table = drawn(sine, 400, NOISE, 7);
    for kind in Kind::ALL {
        let train = || postcard::to_stdvec(&quickly(kind, &table, Target::Value).unwrap()).unwrap();
        assert_eq!(train(), train(), "{}", kind.name());
    }
}

#[test]
fn constant_columns_and_constant_targets_do_no_harm() {
    let mut table = Table {
        features: Features::new(vec!["x_a".into(), "x_b".into()]),
        ..drawn(sine, 100, 0.0, 9)
    };
    for at in 0..100 {
        table.features.push_row(&[at as f32, 7.0]).unwrap();
    }
    for kind in Kind::ALL {
        let model = quickly(kind, &table, Target::Value).unwrap();
        assert_eq!(
            model.predict(&[50.0, 7.0]),
            model.predict(&[50.0, -1e6]),
            "{}",
            kind.name()
        );
        table.targets.fill(0.25);
        let model = quickly(kind, &table, Target::Value).unwrap();
        assert!(
            (model.predict(&[50.0, 7.0]) - 0.25).abs() < 0.2,
            "{}",
            kind.name()
        );
    }
}

#[test]
fn what_always_happens_is_likely() {
    let mut table = drawn(sine, 100, 0.0, 9);
    table.targets.fill(1.0);
    let models = Kind::ALL.map(|kind| quickly(kind, &table, Target::Chance).unwrap());
    let average = Average(models.to_vec());
    let chance = average.predict(table.features.row(0));
    assert!((0.9..=1.0).contains(&chance), "{chance}");
}

#[test]
fn a_row_of_another_width_is_still_predicted() {
    let table = drawn(sine, 100, 0.0, 9);
    for kind in Kind::ALL {
        let model = quickly(kind, &table, Target::Value).unwrap();
        assert!(model.predict(&[]).is_finite() && model.predict(&[0.5; 20]).is_finite());
    }
}

#[test]
fn what_cannot_be_learnt_from_is_told() {
    let table = drawn(sine, 3, 0.0, 10);
    let told = |rows: &Features, targets: &[f32], target| {
        let fitted = fit(Kind::Tree, rows, targets, target, &quick(), &Progress::silent());
        fitted.unwrap_err().to_string()
    };
    let all = &table.features;
    assert_eq!(
        told(&all.select(&[0]), &[1.0], Target::Value),
        "1 rows: a ranker needs at least 2"
    );
    assert_eq!(
        told(all, &[1.0], Target::Value),
        "1 targets for 3 rows: expected one a row"
    );
    let error = told(all, &[0.0, 0.5, 1.0], Target::Chance);
    assert_eq!(error, "the target of row 1 is 0.5, expected 0 or 1");
    let error = told(all, &[0.0, 0.5, f32::NAN], Target::Value);
    assert_eq!(error, "the target of row 2 is NaN, expected a finite number");
    let error = told(&Features::new(Vec::new()), &[], Target::Value);
    assert_eq!(error, "no feature columns: at least one is needed");
}

#[test]
fn a_cancelled_training_stops() {
    let table = drawn(sine, 200, NOISE, 12);
    for kind in Kind::ALL {
        let progress = Progress::silent();
        progress.cancel();
        let fitted = fit(
            kind,
            &table.features,
            &table.targets,
            Target::Value,
            &quick(),
            &progress,
        );
        assert!(
            matches!(fitted, Err(RankerError::Cancelled(Cancelled))),
            "{}",
            kind.name()
        );
    }
}
