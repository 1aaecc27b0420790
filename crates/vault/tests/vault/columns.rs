//! The column table is the schema: no column is missing from it, none is in it for nothing, and
//! what is said to be sealed is bytes.

use std::collections::BTreeSet;

use relu_vault::{COLUMNS, Protection};
use sqlx::Row;

use crate::support::*;

#[tokio::test]
async fn sqlite() {
    let dir = tempfile::tempdir().unwrap();
    open(dir.path()).await.close().await;
    let path = dir.path().join("data/relu.sqlite");
    check(&format!("sqlite://{}", path.display()), "sqlite_master").await;
}

/// Holds the table against the catalogue of the database at `url`.
pub async fn check(url: &str, catalogue: &str) {
    sqlx::any::install_default_drivers();
    let list = match catalogue {
        "sqlite_master" => {
            "SELECT m.name AS t, p.name AS c, p.type AS k FROM sqlite_master m, \
             pragma_table_info(m.name) p WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite_%'"
        }
        _ => {
            "SELECT CAST(table_name AS TEXT) AS t, CAST(column_name AS TEXT) AS c, \
             CAST(data_type AS TEXT) AS k FROM information_schema.columns \
             WHERE table_schema = 'public'"
        }
    };
    let pool = sqlx::AnyPool::connect(url).await.unwrap();
    let rows = sqlx::query(list).fetch_all(&pool).await.unwrap();
    let of = |i: &str, r: &sqlx::any::AnyRow| r.get::<String, _>(i);
    let stored: BTreeSet<_> = rows.iter().map(|r| (of("t", r), of("c", r))).collect();
    let table = COLUMNS.iter().map(|c| (c.table.to_owned(), c.column.to_owned()));
    let declared: BTreeSet<_> = table.clone().collect();
    assert_eq!(declared.len(), COLUMNS.len(), "a column is declared twice");
    assert_eq!(stored, declared);
    for row in &rows {
        let (t, c, kind) = (of("t", row), of("c", row), of("k", row));
        let column = COLUMNS.iter().find(|k| k.table == t && k.column == c).unwrap();
        let bytes = kind.eq_ignore_ascii_case("bytea");
        assert_eq!(column.protection == Protection::Sealed, bytes, "{t}.{c} is {kind}");
        assert!(!column.holds.is_empty());
    }
}
