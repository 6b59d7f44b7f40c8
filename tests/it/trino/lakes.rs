//! The catalog files for other stores are not tried against a store, but Trino takes every line of them.

use crate::support::Trino;

#[test]
fn trino_knows_every_property_of_the_other_lakes() {
    let Some((_database, trino)) = Trino::with_database() else { return };
    for (lake, file) in [
        ("s3", include_str!("../../../docker/trino/lakes/s3.properties")),
        ("rest", include_str!("../../../docker/trino/lakes/rest.properties")),
    ] {
        let name = format!("{}_{lake}", trino.catalog());
        let properties: Vec<String> = file
            .lines()
            .filter_map(|line| line.trim_start_matches("# ").split_once('='))
            .filter(|(key, _)| *key != "connector.name")
            .map(|(key, value)| {
                let value = value.replace("${ENV:LAKE_CATALOG_URI}", "https://127.0.0.1:9");
                let value = value.replace("${ENV:LAKE_REGION}", "eu-central-1");
                format!("\"{key}\" = '{}'", value.replace("${ENV:", "").replace('}', ""))
            })
            .collect();
        let create = |properties: &[String]| {
            let with = properties.join(", ");
            trino.ask(&format!("CREATE CATALOG {name} USING iceberg WITH ({with})"), "UTC")
        };
        let mut wrong = properties.clone();
        wrong.push("\"s3.no-such-property\" = 'x'".to_owned());
        let refused = create(&wrong).expect_err("a property that nobody knows");
        assert!(refused.contains("no-such-property"), "{refused}");
        create(&properties).unwrap_or_else(|error| panic!("{lake}: {error}"));
        trino.answer(&format!("DROP CATALOG {name}"));
    }
}
