//! What a person reads: tables in Markdown, so that a run can be put into the docs as it is.

/// Prints a table under its title; the first row is its head.
pub fn table(title: &str, rows: &[Vec<String>]) {
    println!("\n### {title}\n");
    let width = |column: usize| {
        rows.iter()
            .filter_map(|row| row.get(column))
            .map(|cell| cell.chars().count())
            .max()
            .unwrap_or_default()
    };
    for (number, row) in rows.iter().enumerate() {
        let cells = row.iter().enumerate().map(|(column, cell)| format!("{cell:<0$}", width(column)));
        println!("| {} |", cells.collect::<Vec<_>>().join(" | "));
        if number == 0 {
            let rules = (0..row.len()).map(|column| "-".repeat(width(column)));
            println!("|-{}-|", rules.collect::<Vec<_>>().join("-|-"));
        }
    }
}

/// A row of a table.
pub fn row<const N: usize>(cells: [&str; N]) -> Vec<String> {
    cells.map(str::to_owned).to_vec()
}
