//! The table in `README.md` names tests that there are.
use std::path::PathBuf;

/// What stands between backquotes.
fn quoted(text: &str) -> impl Iterator<Item = &str> {
    text.split('`').skip(1).step_by(2)
}

#[test]
fn every_fault_of_the_table_has_its_tests() {
    let tests = PathBuf::from(std::env::var_os("CARGO_MANIFEST_DIR").unwrap()).join("tests");
    let table = std::fs::read_to_string(tests.join("faults/README.md")).unwrap();
    let rows: Vec<_> = table.lines().filter(|line| line.starts_with("| ")).skip(1).collect();
    assert!(rows.len() > 20, "{}", rows.len());
    for row in rows {
        let fault = row.split('|').nth(1).unwrap().trim();
        let mut text = String::new();
        for name in quoted(row) {
            let path = match name {
                name if name.ends_with(".rs") => tests.join(name),
                name if name.ends_with(".ts") => tests.join("../../../__test__").join(name),
                test => {
                    assert!(text.contains(&format!("fn {test}(")), "{fault}: there is no {test} in the file before it");
                    continue;
                }
            };
            text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{fault}: {name}: {error}"));
        }
        assert!(!text.is_empty(), "{fault}: no test is named");
    }
}
