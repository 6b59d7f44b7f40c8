//! The `table!` declarations of the product, read as text.

use super::catalog::Column;

/// The columns that a file of `src` declares, in its order.
pub(super) fn declared(file: &str) -> Vec<Column> {
    let path = format!("{}/src/{file}", env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(path).unwrap();
    let mut columns = vec![];
    let mut table = (String::new(), vec![]);
    for line in text.lines().map(str::trim) {
        if let Some((name, key)) = line.strip_suffix(") {").and_then(|head| head.split_once(" (")) {
            table = (name.to_owned(), key.split(", ").map(String::from).collect());
        } else if let Some((name, kind)) =
            line.strip_suffix(',').and_then(|line| line.split_once(" -> "))
        {
            columns.push(column(&table, name, kind));
        }
    }
    assert!(columns.len() > 10, "{file}: nothing was read");
    columns
}

fn column((table, key): &(String, Vec<String>), name: &str, kind: &str) -> Column {
    let bare = kind.strip_prefix("Nullable<").and_then(|kind| kind.strip_suffix('>'));
    Column {
        table: table.clone(),
        name: name.into(),
        kind: bare.unwrap_or(kind).into(),
        nullable: bare.is_some(),
        key: key.iter().position(|part| part == name).map_or(0, |place| place + 1),
        default: String::new(),
    }
}
