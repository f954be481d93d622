//! I_u and P_i: what a shopper's history says of their tastes, and how an item meets them.

use crate::recommend::items::Traits;
use crate::recommend::source::Shopper;

/// I_u: what a shopper's history says of their tastes.
pub(super) struct Interests {
    activity: f32,
    popularity: f32,
    total: f32,
    categories: Sums,
    brands: Sums,
    /// Mean logarithm of the prices they looked at.
    price: Option<f32>,
    session_categories: Vec<u32>,
}

impl Interests {
    pub fn of(traits: &[Traits], popularity: &[f32], shopper: &Shopper<'_>) -> Self {
        let known = |item: u32| traits.get(item as usize);
        let (mut categories, mut brands) = (Sums::default(), Sums::default());
        let (mut prices, mut priced, mut popular, mut total) = (0.0, 0.0, 0.0, 0.0);
        for (item, strength) in shopper.history {
            total += strength;
            popular += popularity[*item as usize].ln_1p();
            let Some(traits) = known(*item) else { continue };
            traits
                .categories
                .iter()
                .for_each(|category| categories.add(*category, *strength));
            traits
                .brand
                .iter()
                .for_each(|brand| brands.add(*brand, *strength));
            if let Some(price) = traits.log_price {
                prices += price * strength;
                priced += strength;
            }
        }
        let recent = shopper
            .session
            .iter()
            .rev()
            .take(3)
            .filter_map(|item| known(*item));
        Self {
            activity: (shopper.history.len() as f32).ln_1p(),
            popularity: popular / shopper.history.len().max(1) as f32,
            total: f32::max(total, f32::MIN_POSITIVE),
            categories: categories.sorted(),
            brands: brands.sorted(),
            price: (priced > 0.0).then(|| prices / priced),
            session_categories: recent
                .flat_map(|traits| traits.categories.iter().copied())
                .collect(),
        }
    }

    /// Writes what the rankers see of a shopper and an item beside the sources' opinions: seven columns.
    pub fn fill(&self, row: &mut [f32], traits: Option<&Traits>, popularity: f32) {
        row[0] = self.activity;
        row[1] = self.popularity;
        row[2] = popularity.ln_1p();
        let Some(traits) = traits else { return };
        let count = traits.categories.len().max(1) as f32;
        let shares = traits
            .categories
            .iter()
            .map(|category| self.categories.of(*category));
        row[3] = shares.sum::<f32>() / self.total / count;
        row[4] = traits.brand.map_or(0.0, |brand| self.brands.of(brand)) / self.total;
        if let (Some(usual), Some(price)) = (self.price, traits.log_price) {
            row[5] = (price - usual).abs().min(3.0);
        }
        let in_session = traits
            .categories
            .iter()
            .filter(|category| self.session_categories.contains(category));
        row[6] = in_session.count() as f32 / count;
    }
}

/// Sums by number.
#[derive(Default)]
struct Sums(Vec<(u32, f32)>);

impl Sums {
    fn add(&mut self, number: u32, amount: f32) {
        self.0.push((number, amount));
    }

    /// Ready to be asked: each number once, ascending.
    fn sorted(mut self) -> Self {
        // Stable: what is added up stands in the order in which it came.
        self.0.sort_by_key(|(number, _)| *number);
        self.0.dedup_by(|(number, amount), (kept, sum)| {
            let same = number == kept;
            if same {
                *sum += *amount;
            }
            same
        });
        self
    }

    /// 0 for what was never added.
    fn of(&self, number: u32) -> f32 {
        let place = self.0.binary_search_by_key(&number, |(number, _)| *number);
        place.map_or(0.0, |place| self.0[place].1)
    }
}
