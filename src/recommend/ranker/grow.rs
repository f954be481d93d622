//! How a tree grows.
//!
//! smartcore 0.4 looks at every row of the table again for every node, rows × nodes in all, and keeps a vector of counts a
//! node. So a tree is grown in stages: smartcore splits all rows into a few groups, then the rows of each group alone, and
//! so on. The splits are those of a single growth, in the time of rows × depth. A forest's columns are drawn for a stage
//! (Breiman 2001 draws them for a node).

use rand::SeedableRng;
use rand::rngs::StdRng;
use rand::seq::index::sample;
use serde::{Deserialize, Serialize};
use smartcore::linalg::basic::matrix::DenseMatrix;
use smartcore::tree::decision_tree_regressor::{DecisionTreeRegressor, DecisionTreeRegressorParameters};

use super::trees::{Node, Tree};
use super::{Features, RankerError, Target};
use crate::progress::Cancelled;

/// smartcore's depth of a stage. It stops at the first split of the last level: about nine groups.
const STAGE_DEPTH: u16 = 5;
/// So few rows are split to the end in one stage.
const LAST_STAGE: usize = 256;
/// Leaves of chances hold as if this many more rows of the overall share were in them: none is ever wholly sure.
const PRIOR_ROWS: f64 = 1.0;

/// What trees grow from.
pub(super) struct Ground<'a> {
    rows: &'a Features,
    targets: &'a [f32],
    /// Rows of a leaf, at least.
    leaf: usize,
    /// Columns that a stage may split by.
    columns: usize,
    /// The mean target, and how many rows' weight it has in a leaf.
    prior: (f64, f64),
}

impl<'a> Ground<'a> {
    pub(super) fn new(
        rows: &'a Features,
        targets: &'a [f32],
        target: Target,
        leaf: usize,
        columns: usize,
    ) -> Self {
        let mean = targets.iter().map(|value| f64::from(*value)).sum::<f64>() / targets.len().max(1) as f64;
        let weight = match target {
            Target::Value => 0.0,
            Target::Chance => PRIOR_ROWS,
        };
        Self {
            rows,
            targets,
            leaf,
            columns,
            prior: (mean, weight),
        }
    }

    /// A tree of these rows, which may repeat. `go_on` is asked before each stage.
    pub(super) fn grow(
        &self,
        rows: Vec<usize>,
        seed: u64,
        go_on: impl Fn() -> Result<(), Cancelled>,
    ) -> Result<Tree, RankerError> {
        let mut random = StdRng::seed_from_u64(seed);
        let mut tree = Tree(vec![self.leaf_of(&rows)]);
        let mut unsplit = vec![(0, rows)];
        while let Some((at, rows)) = unsplit.pop() {
            go_on()?;
            let stage = self.stage(&rows, &mut random)?;
            let mut graft = Graft {
                shallow: rows.len() > LAST_STAGE,
                ground: self,
                stage: &stage,
                tree: &mut tree,
                unsplit: &mut unsplit,
            };
            graft.place(0, at, rows);
        }
        Ok(tree)
    }

    /// smartcore's tree of these rows; its features are those of the table.
    fn stage(&self, rows: &[usize], random: &mut StdRng) -> Result<Vec<StageNode>, RankerError> {
        let columns = sample(random, self.rows.width(), self.columns).into_vec();
        let row_values = |column: &usize| {
            let column = *column;
            rows.iter().map(move |row| self.rows.row(*row)[column])
        };
        let values: Vec<f32> = columns.iter().flat_map(row_values).collect();
        let table = DenseMatrix::new(rows.len(), columns.len(), values, true).map_err(tree_error)?;
        let targets: Vec<f32> = rows.iter().map(|row| self.targets[*row]).collect();
        let parameters = DecisionTreeRegressorParameters {
            max_depth: (rows.len() > LAST_STAGE).then_some(STAGE_DEPTH),
            min_samples_leaf: self.leaf,
            min_samples_split: 2 * self.leaf,
            seed: None, // only draws columns, which ours are already
        };
        let grown = DecisionTreeRegressor::fit(&table, &targets, parameters).map_err(tree_error)?;
        let mut stage = stage_nodes(&grown)?;
        stage
            .iter_mut()
            .for_each(|node| node.split_feature = columns[node.split_feature]);
        Ok(stage)
    }

    fn leaf_of(&self, rows: &[usize]) -> Node {
        let sum: f64 = rows.iter().map(|row| f64::from(self.targets[*row])).sum();
        let (mean, weight) = self.prior;
        let value = (sum + mean * weight) / (rows.len() as f64 + weight);
        Node {
            feature: 0,
            threshold: value as f32,
            left: 0,
        }
    }

    /// Whether a split could tell these rows apart.
    fn can_split(&self, rows: &[usize]) -> bool {
        let same = |pair: &[usize]| self.targets[pair[0]] == self.targets[pair[1]];
        rows.len() >= 2 * self.leaf && !rows.windows(2).all(same)
    }
}

/// Puts a stage into the tree.
struct Graft<'a> {
    ground: &'a Ground<'a>,
    stage: &'a [StageNode],
    tree: &'a mut Tree,
    /// Leaves of the tree that another stage may split, and their rows.
    unsplit: &'a mut Vec<(usize, Vec<usize>)>,
    /// Whether the stage ended by its depth: then its leaves may be split further.
    shallow: bool,
}

impl Graft<'_> {
    /// Puts the stage's node `from`, which these rows reach, at the place `at` of the tree, and all below it.
    fn place(&mut self, from: usize, at: usize, rows: Vec<usize>) {
        let node = &self.stage[from];
        let splittable = self.ground.can_split(&rows);
        if let (true, Some((threshold, low, high))) = (splittable, node.split()) {
            let goes_low = |row: &usize| self.ground.rows.row(*row)[node.split_feature] <= threshold;
            let (low_rows, high_rows): (Vec<usize>, Vec<usize>) = rows.into_iter().partition(goes_low);
            let left = self.tree.0.len();
            self.tree.0[at] = Node {
                feature: node.split_feature as u32,
                threshold,
                left: left as u32,
            };
            let leaves = [self.ground.leaf_of(&low_rows), self.ground.leaf_of(&high_rows)];
            self.tree.0.extend(leaves);
            self.place(low, left, low_rows);
            self.place(high, left + 1, high_rows);
        } else if splittable && self.shallow && from != 0 {
            self.unsplit.push((at, rows));
        }
    }
}

/// A node as smartcore writes it, of which it shows nothing but by serde.
#[derive(Deserialize)]
struct StageNode {
    split_feature: usize,
    split_value: Option<f64>,
    true_child: Option<usize>,
    false_child: Option<usize>,
}

impl StageNode {
    /// The threshold and the nodes for values up to it and above it. None of a leaf.
    fn split(&self) -> Option<(f32, usize, usize)> {
        let exact = self.split_value?;
        let near = exact as f32;
        // For a value in f32, `value <= exact` is `value <= threshold` only if the threshold isn't above.
        let threshold = if f64::from(near) > exact {
            near.next_down()
        } else {
            near
        };
        Some((threshold, self.true_child?, self.false_child?))
    }
}

#[derive(Deserialize)]
struct Written {
    tree_regressor: WrittenTree,
}

#[derive(Deserialize)]
struct WrittenTree {
    nodes: Vec<StageNode>,
}

fn stage_nodes(grown: &impl Serialize) -> Result<Vec<StageNode>, RankerError> {
    let written = serde_json::to_value(grown).and_then(serde_json::from_value::<Written>);
    Ok(written.map_err(tree_error)?.tree_regressor.nodes)
}

fn tree_error(error: impl ToString) -> RankerError {
    RankerError::Tree(error.to_string())
}
