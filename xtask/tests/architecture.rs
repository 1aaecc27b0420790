//! The table of stored columns in ARCHITECTURE.md is the one of the vault.
//! `RELU_UPDATE=1 cargo test -p xtask --test architecture` writes it anew.
#![allow(clippy::unwrap_used)]

use std::path::Path;

use relu_vault::COLUMNS;

const BEGIN: &str = "<!-- columns: begin -->\n";
const END: &str = "<!-- columns: end -->\n";

#[test]
fn the_table_of_columns_is_the_one_of_the_vault() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../ARCHITECTURE.md");
    let text = std::fs::read_to_string(&file).unwrap();
    let (before, rest) = text.split_once(BEGIN).unwrap();
    let (table, after) = rest.split_once(END).unwrap();
    let wanted = columns();
    if std::env::var_os("RELU_UPDATE").is_some() {
        std::fs::write(&file, format!("{before}{BEGIN}{wanted}{END}{after}")).unwrap();
        return;
    }
    assert!(table == wanted, "ARCHITECTURE.md differs from COLUMNS; write it anew: RELU_UPDATE=1");
}

fn columns() -> String {
    let mut table = String::from("| column | kept | holds |\n|---|---|---|\n");
    for c in COLUMNS {
        let holds = c.holds.replace('|', "\\|");
        table += &format!("| {}.{} | {} | {holds} |\n", c.table, c.column, c.protection.as_str());
    }
    table
}
