//! What holds of the sources and their care for shoppers, on a small shop of synthetic shoppers.

use std::sync::Arc;

use rayon::prelude::*;

use super::after::{AfterRanking, arrange, long_tail};
use super::evaluate::{Protocol, cut, exams};
use super::event::{Event, EventKind, Strength};
use super::hybrid::{Blend, Candidates, candidates_of};
use super::interactions::{Ids, Interactions};
use super::items::ItemFacts;
use super::metrics::{Ranked, average_precision, gini, ndcg};
use super::snapshot::Snapshot;
use super::source::{Scores, Shopper, best};
use super::synthetic::{self, SyntheticSettings};
use super::trained::{Material, TrainSettings, Trained};
use crate::progress::Progress;

/// Ninety items on six shelves and what 60 shoppers did with them.
fn shop() -> (Vec<String>, Arc<Vec<ItemFacts>>, Vec<Event>) {
    let items = 0..90usize;
    let names: Vec<String> = items.clone().map(|item| format!("i{item}")).collect();
    let facts: Vec<ItemFacts> = items
        .map(|item| ItemFacts {
            title: format!("thing{} of kind{} and sort{}", item, item % 6, item % 9),
            categories: vec![format!("shelf{}", item % 6)],
            brand: format!("brand{}", item % 4),
            price: Some(10.0 + item as f32),
            ..ItemFacts::default()
        })
        .collect();
    let settings = SyntheticSettings {
        shoppers: 60,
        events: 1_500,
        seed: 5,
        now: 1_700_000_000_000,
        days: 30,
    };
    let events = synthetic::events(&names, &facts, &settings);
    (names, Arc::new(facts), events)
}

fn material(names: &[String], facts: &Arc<Vec<ItemFacts>>, events: &[Event]) -> Material {
    let ids = Ids::from_names(names.iter().cloned());
    Material {
        data: Arc::new(Interactions::gather(ids, events, &Strength::default())),
        facts: facts.clone(),
        ..Material::default()
    }
}

fn trained(material: &Material) -> Trained {
    Trained::train(material, &TrainSettings::default(), &Progress::silent()).unwrap()
}

fn scores(trained: &Trained, source: usize, history: &[(u32, f32)], session: &[u32]) -> Vec<f32> {
    let mut scores = Scores::new(trained.data.items.len());
    let shopper = Shopper {
        number: None,
        history,
        session,
    };
    trained.sources()[source].score(&shopper, &mut scores);
    scores.values
}

#[test]
fn without_a_shopper_everything_is_as_if_they_had_never_come() {
    let (names, facts, events) = shop();
    let material = material(&names, &facts, &events);
    let all = trained(&material);
    let gone = all.data.shoppers.number(&events[0].shopper).unwrap();
    let without = all.without(gone, &facts, &Progress::silent()).unwrap();
    let anew = trained(&Material {
        data: Arc::new(all.data.without(gone)),
        ..material
    });
    for other in 0..all.data.shoppers.len() as u32 {
        let history: Vec<(u32, f32)> = all.data.by_shopper.row(other).collect();
        let session: Vec<u32> = history.iter().map(|(item, _)| *item).collect();
        for source in 0..all.sources().len() {
            let (left, right) = (
                scores(&without, source, &history, &session),
                scores(&anew, source, &history, &session),
            );
            for (a, b) in left.iter().zip(&right) {
                assert!(
                    (a - b).abs() < 1e-6,
                    "{}: {a} and {b}",
                    all.sources()[source].name()
                );
            }
        }
    }
    // And it is another answer than before, or nothing would have been taken out.
    let history: Vec<(u32, f32)> = all.data.by_shopper.row(gone).collect();
    let ease = all
        .sources()
        .iter()
        .position(|source| source.name() == "ease")
        .unwrap();
    assert_ne!(
        scores(&all, ease, &history, &[]),
        scores(&without, ease, &history, &[])
    );
}

#[test]
fn candidates_are_the_same_with_and_without_help() {
    let (names, facts, events) = shop();
    let trained = trained(&material(&names, &facts, &events));
    let exams = exams(&trained.data, &events);
    assert!(exams.len() > 50);
    // On a worker of a pool nobody helps.
    let alone: Vec<Candidates> = exams
        .par_iter()
        .map(|exam| candidates_of(&trained, exam))
        .collect();
    for (exam, alone) in exams.iter().zip(alone) {
        assert_eq!(candidates_of(&trained, exam), alone);
    }
}

#[test]
fn one_event_changes_what_every_personal_source_says() {
    let (names, facts, events) = shop();
    let trained = trained(&material(&names, &facts, &events));
    let (before, after) = (vec![(3u32, 1.0f32)], vec![(3u32, 1.0f32), (40, 1.0)]);
    for (place, source) in trained.sources().iter().enumerate() {
        // Pearson hears only what stands out from a shopper's mean: of one or two like events nothing does.
        if ["popularity", "trending", "user_knn_pearson"].contains(&source.name()) {
            continue;
        }
        let (left, right) = (
            scores(&trained, place, &before, &[3]),
            scores(&trained, place, &after, &[3, 40]),
        );
        assert_ne!(left, right, "{}", source.name());
    }
}

#[test]
fn a_snapshot_answers_as_what_was_saved() {
    let (names, facts, events) = shop();
    let (train, test) = cut(&events, Protocol::UserSplit, 1);
    let trained = trained(&material(&names, &facts, &train));
    let exams = exams(&trained.data, &test);
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("a.model");
    let snapshot = Snapshot {
        trained,
        blend: Blend::by_places(),
        facts: facts.clone(),
    };
    snapshot.write(&TrainSettings::default(), &file).unwrap();
    let loaded = Snapshot::load(&file).unwrap();
    for exam in &exams {
        let (left, right) = (
            candidates_of(&snapshot.trained, exam),
            candidates_of(&loaded.trained, exam),
        );
        assert_eq!(left.items, right.items);
        assert_eq!(left.rows, right.rows);
    }
    std::fs::write(&file, b"something else").unwrap();
    assert!(Snapshot::load(&file).is_err());
    let whole = snapshot
        .write(&TrainSettings::default(), &file)
        .map(|()| std::fs::read(&file).unwrap())
        .unwrap();
    std::fs::write(&file, &whole[..whole.len() / 2]).unwrap();
    assert!(Snapshot::load(&file).is_err(), "half a file is no recommender");
}

#[test]
fn microsofts_cut_draws_as_numpy_does() {
    // np.random.seed(42); np.random.rand(4) begins .3745, .9507, .7320, .5987: of four events of one item the three
    // smallest draws train.
    let event = |shopper: &str| Event {
        shopper: shopper.into(),
        ..Event::of_session("film", 0)
    };
    let events: Vec<Event> = ["a", "b", "c", "d"].map(event).to_vec();
    let (train, test) = cut(&events, Protocol::ItemSplit, 0);
    assert_eq!(train.len(), 3);
    assert_eq!(test[0].shopper, "b");
}

#[test]
fn every_cut_keeps_every_event_once() {
    let (_, _, events) = shop();
    for (name, protocol) in Protocol::ALL {
        let (train, test) = cut(&events, protocol, 3);
        assert_eq!(train.len() + test.len(), events.len(), "{name}");
        assert!(!test.is_empty(), "{name}");
    }
    let (train, test) = cut(&events, Protocol::Time, 0);
    let newest = train.iter().map(|event| event.at).max();
    assert!(newest <= test.iter().map(|event| event.at).min());
}

#[test]
fn measures_follow_their_definitions() {
    let list = Ranked {
        items: &[5, 1, 9],
        relevant: &[1, 2, 9],
    };
    let gain = |place: f64| 1.0 / (place + 1.0).log2();
    let ideal = gain(1.0) + gain(2.0) + gain(3.0);
    assert!((ndcg(&list) - (gain(2.0) + gain(3.0)) / ideal).abs() < 1e-12);
    assert!((average_precision(&list) - (0.5 + 2.0 / 3.0) / 3.0).abs() < 1e-12);
    assert_eq!(gini(&[1.0, 1.0, 1.0, 1.0]), 0.0);
    assert!((gini(&[0.0, 0.0, 0.0, 4.0]) - 0.75).abs() < 1e-12);
}

#[test]
fn the_floor_gives_places_and_variants_take_only_one() {
    let mut facts: Vec<ItemFacts> = (0..40)
        .map(|item| ItemFacts {
            categories: vec![format!("c{}", item % 3)],
            ..ItemFacts::default()
        })
        .collect();
    facts[0].group = Some("g".into());
    facts[1].group = Some("g".into());
    let popularity: Vec<f32> = (0..40).map(|item| (40 - item) as f32).collect();
    let tail = long_tail(&popularity);
    assert!(tail[39] && !tail[0]);
    let ranked: Vec<(u32, f32)> = (0u32..40).map(|item| (item, 4.0 - item as f32 / 10.0)).collect();
    let plain = arrange(&ranked, 10, AfterRanking::NONE, &facts, &tail);
    let items = |list: &[(u32, f32)]| list.iter().map(|(item, _)| *item).collect::<Vec<_>>();
    assert_eq!(items(&plain), [0, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
    let floor = AfterRanking {
        variety: 0.0,
        exposure_floor: 0.2,
    };
    let fair = arrange(&ranked, 10, floor, &facts, &tail);
    assert_eq!(fair.iter().filter(|(item, _)| tail[*item as usize]).count(), 2);
    assert_eq!(items(&fair)[..8], items(&plain)[..8]);
    let varied = AfterRanking {
        variety: 0.8,
        exposure_floor: 0.0,
    };
    let first: Vec<u32> = items(&arrange(&ranked, 3, varied, &facts, &tail))
        .iter()
        .map(|item| item % 3)
        .collect();
    assert_eq!(
        first.iter().collect::<std::collections::HashSet<_>>().len(),
        3,
        "one of each category first"
    );
}

#[test]
fn the_best_of_dense_and_sparse_scores_are_the_same() {
    let mut dense = Scores::new(500);
    let mut sparse = Scores::new(500);
    for item in 0..500u32 {
        let score = ((item * 7919) % 503) as f32;
        dense.all()[item as usize] = score;
        sparse.add(item, score);
    }
    let odd = |item: u32| item % 2 == 1;
    assert_eq!(dense.top(20, odd), sparse.top(20, odd));
    for scores in [&mut dense, &mut sparse] {
        assert!(scores.take().is_empty(), "they are as new");
        assert!(scores.values.iter().all(|value| *value == 0.0));
    }
    let mut few = vec![(1, 2.0), (0, 2.0), (2, 3.0)];
    best(&mut few, 2);
    assert_eq!(few, [(2, 3.0), (0, 2.0)]);
}

#[test]
fn old_events_fade_and_kinds_weigh() {
    let day = 86_400_000;
    let strength = Strength::fading(100 * day, 10.0);
    let event = |kind: EventKind, at: i64| Event {
        kind,
        ..Event::of_session("x", at * day)
    };
    let (new, old) = (
        strength.of(&event(EventKind::View, 100)),
        strength.of(&event(EventKind::View, 90)),
    );
    assert!((new - 2.0 * old).abs() < 1e-6);
    assert!(strength.of(&event(EventKind::Purchase, 100)) > strength.of(&event(EventKind::Cart, 100)));
}
