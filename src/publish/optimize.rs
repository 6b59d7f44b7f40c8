//! Small files become few, and states that nobody asks for any more go, with their files.

use std::time::Duration;

use super::PublishError;
use super::tables::TABLES;
use crate::model::settings::TrinoSettings;
use crate::trino::Trino;

/// Does it for every table of the lake. Each step is whole by itself, and done again gives the same.
pub(crate) fn optimize(
    trino: &Trino,
    settings: &TrinoSettings,
    keep: Duration,
) -> Result<(), PublishError> {
    let lake = settings.lake.quoted();
    let keep = format!("{}s", keep.as_secs());
    for table in TABLES.iter().map(|table| table.name).chain(["publications"]) {
        for step in [
            "optimize".to_owned(),
            format!("expire_snapshots(retention_threshold => '{keep}')"),
            format!("remove_orphan_files(retention_threshold => '{keep}')"),
        ] {
            let sql = format!("ALTER TABLE {lake}.{table} EXECUTE {step}");
            trino
                .execute(&sql)
                .map_err(|error| error.while_doing(&format!("optimizing {table}")))?;
        }
    }
    Ok(())
}
