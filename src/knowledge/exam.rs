//! An exam for a shop's own knowledge base: questions with the articles that answer them, asked as a shopper would.

use std::collections::BTreeMap;
use std::path::Path;

use serde::Serialize;

use super::{Answer, Found, Knowledge, KnowledgeError};
use crate::nlu::Languages;
use crate::progress::Progress;
use crate::text::table;

/// A question of the exam.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExamQuestion {
    pub locale: String,
    pub text: String,
    /// Slugs of the articles that answer it; any of them is right.
    pub articles: Vec<String>,
}

/// How the questions of one language went. `right` to `unknown` add up to `questions`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Marks {
    pub questions: usize,
    /// Answered from a right article.
    pub right: usize,
    /// Answered from another one.
    pub wrong: usize,
    /// Asked back, with a right article among what was offered.
    pub offered: usize,
    /// Asked back without one.
    pub offered_others: usize,
    /// Said to be unknown.
    pub unknown: usize,
    /// Questions for which a right article stood first, answered or not.
    pub first: usize,
    /// Questions for which a right article stood among the first three.
    pub first_three: usize,
    /// Questions that weren't answered from a right article.
    pub missed: Vec<Missed>,
}

/// A question that wasn't answered from a right article.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Missed {
    pub question: String,
    /// What stood first instead of, or as, the right article.
    pub first: Option<String>,
    /// The right articles' best place, counted from 1, among those considered.
    pub place: Option<usize>,
    pub answered: bool,
}

impl Marks {
    fn add(&mut self, question: &ExamQuestion, found: &Found) {
        let is_right = |slug: &str| question.articles.iter().any(|article| article == slug);
        let place = found.hits.iter().position(|hit| is_right(&hit.article.slug));
        let missed = |answered| Missed {
            question: question.text.clone(),
            first: found.hits.first().map(|hit| hit.article.slug.clone()),
            place: place.map(|place| place + 1),
            answered,
        };
        let (count, missed) = match &found.answer {
            Answer::Confident { hit, .. } if is_right(&hit.article.slug) => (&mut self.right, None),
            Answer::Confident { .. } => (&mut self.wrong, Some(missed(true))),
            Answer::Unsure { topics } if topics.iter().any(|topic| is_right(&topic.slug)) => {
                (&mut self.offered, Some(missed(false)))
            }
            Answer::Unsure { .. } => (&mut self.offered_others, Some(missed(false))),
            Answer::Unknown { .. } => (&mut self.unknown, Some(missed(false))),
        };
        *count += 1;
        self.missed.extend(missed);
        self.questions += 1;
        self.first += usize::from(place == Some(0));
        self.first_three += usize::from(place.is_some_and(|place| place < 3));
    }
}

/// Reads a table with the columns `locale`, `question` and `articles`, slugs parted by blanks.
pub fn read(file: &Path) -> Result<Vec<ExamQuestion>, KnowledgeError> {
    let text = std::fs::read_to_string(file).map_err(|source| KnowledgeError::File {
        file: file.into(),
        source,
    })?;
    parse(&text).map_err(|(line, message)| KnowledgeError::Line {
        file: file.display().to_string(),
        line,
        message,
    })
}

fn parse(text: &str) -> Result<Vec<ExamQuestion>, (usize, String)> {
    let rows = table::rows(text, ["locale", "question", "articles"])?;
    let question = |(_, [locale, text, articles]): (usize, [String; 3])| ExamQuestion {
        locale,
        text,
        articles: articles.split_whitespace().map(str::to_owned).collect(),
    };
    Ok(rows.into_iter().map(question).collect())
}

/// Asks the questions of one language, and marks the answers.
pub async fn ask<'a>(
    questions: impl Iterator<Item = &'a ExamQuestion> + Clone,
    knowledge: &Knowledge,
    nlu: &Languages,
    progress: &Progress,
) -> Result<Marks, KnowledgeError> {
    let (mut marks, count) = (Marks::default(), questions.clone().count() as u64);
    for (index, question) in questions.enumerate() {
        progress.step("asking", index as u64, count)?;
        let language = nlu.spoken(&question.text, &question.locale);
        let understood = nlu.understand(&question.text, language).await?;
        marks.add(question, &knowledge.answer_across(language, &understood).await);
    }
    progress.step("asking", count, count)?;
    Ok(marks)
}

/// The questions by their language.
pub fn by_locale(questions: &[ExamQuestion]) -> BTreeMap<&str, Vec<&ExamQuestion>> {
    let mut languages: BTreeMap<&str, Vec<&ExamQuestion>> = BTreeMap::new();
    for question in questions {
        languages.entry(&question.locale).or_default().push(question);
    }
    languages
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_of_questions_and_its_mistakes() {
        let table = "locale,question,articles\nen,\"where, exactly?\",stores pickup\nzh,几点开门,stores\n";
        let questions = parse(table).unwrap();
        assert_eq!(questions[0].text, "where, exactly?");
        assert_eq!(questions[0].articles, ["stores", "pickup"]);
        assert_eq!(by_locale(&questions)["zh"].len(), 1);
        assert_eq!(
            parse("locale,question,articles\nen,hello,\n").unwrap_err(),
            (2, "`articles` is empty".to_owned())
        );
        assert!(parse("question,articles\n").unwrap_err().1.contains("`locale`"));
    }
}
