//! The exam of all kinds on one table.

use super::*;

#[test]
fn the_exam_standardises_by_the_training_rows_alone() {
    let table = drawn(taste, 100, NOISE, 8);
    let evaluation = evaluate_table(&table, 3, &Progress::silent()).unwrap();
    let train = table.features.select(&Split::of(100, 3).train);
    let bytes = postcard::to_stdvec(&evaluation).unwrap();
    let evaluation: Evaluation = postcard::from_bytes(&bytes).unwrap();
    for model in &evaluation.rankers.0 {
        assert_eq!(model.standardiser(), &Standardiser::fit(&train));
        assert_ne!(model.standardiser(), &Standardiser::fit(&table.features));
    }
}

#[test]
fn a_named_row_is_scored_by_all() {
    let table = drawn(taste, 60, NOISE, 13);
    let evaluation = evaluate_table(&table, 1, &Progress::silent()).unwrap();
    let named = |pairs: &[String]| evaluation.score(&pairs.join(", "));
    let mut pairs: Vec<String> = columns().iter().map(|column| format!("{column}=0.5")).collect();
    pairs.reverse();
    let scores = named(&pairs).unwrap();
    let names: Vec<&str> = scores.iter().map(|(name, _)| *name).collect();
    assert_eq!(names, ["logistic", "network", "tree", "forest", "average"]);
    assert_eq!(scores[4].1, evaluation.rankers.predict(&[0.5; WIDTH]));
    let error = named(&pairs[2..]).unwrap_err().to_string();
    assert_eq!(error, "no value for product_attribute_3, user_product_similarity");
    assert!(
        named(&["price=3".into()])
            .unwrap_err()
            .to_string()
            .starts_with("price: the ranker has no such column")
    );
    assert!(
        named(&["price".into()])
            .unwrap_err()
            .to_string()
            .starts_with("\"price\": expected name=value")
    );
    assert_eq!(
        named(&[pairs[0].clone(), pairs[0].clone()])
            .unwrap_err()
            .to_string(),
        "user_product_similarity is given twice"
    );
}
