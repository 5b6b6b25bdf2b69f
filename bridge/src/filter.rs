//! One SQL dialect for every call.

use std::any::TypeId;

use lancedb::datafusion::sql::sqlparser::dialect::{Dialect, GenericDialect};
use lancedb::datafusion::sql::sqlparser::tokenizer::{Token, Tokenizer};

use crate::error::{BridgeError, Result};

/// What LanceDB accepts: identifiers in backticks or in double quotes, strings in single quotes
/// only.
#[derive(Debug, Default)]
struct LanceDbDialect(GenericDialect);

impl Dialect for LanceDbDialect {
    // Answers for the generic dialect where the parser asks which dialect it has.
    fn dialect(&self) -> TypeId {
        self.0.dialect()
    }

    fn is_identifier_start(&self, ch: char) -> bool {
        self.0.is_identifier_start(ch)
    }

    fn is_identifier_part(&self, ch: char) -> bool {
        self.0.is_identifier_part(ch)
    }

    fn is_delimited_identifier_start(&self, ch: char) -> bool {
        matches!(ch, '"' | '`')
    }
}

/// LanceDB rewrites `"name"` to `` `name` `` before it passes a predicate to lance, which knows
/// only backticks. Scans go to lance directly, so the same is done here.
pub fn for_lance(sql: &str) -> Result<String> {
    let tokens = Tokenizer::new(&LanceDbDialect::default(), sql)
        .with_unescape(false)
        .tokenize()
        .map_err(|e| BridgeError::invalid(format!("the filter '{sql}' is not valid SQL: {e}")))?;
    Ok(tokens
        .into_iter()
        .map(|token| match token {
            Token::Word(word) if word.quote_style == Some('"') => {
                let name = word.value.replace("\"\"", "\"").replace('`', "``");
                format!("`{name}`")
            }
            other => other.to_string(),
        })
        .collect())
}
