//! The marts: the named views that answer the analytic questions. Their SQL is in the migrations.

use std::io::{self, Write};

use diesel::dsl::exists;
use diesel::prelude::*;

use super::definitions;
use super::rows::{EachRow, QueryError, RowWriter};
use crate::db::{self, AnyConnection, DbError, Decimal, Timestamp};
use crate::model::nearest::nearest;
use crate::model::query::{Asked, Cell};
use crate::schema::ingestion_state;
use crate::views;

/// A named view.
pub(crate) struct Mart {
    pub(crate) name: &'static str,
    pub(super) columns: &'static [&'static str],
    /// The column of which a window can be asked for.
    pub(crate) dates: Option<&'static str>,
    /// Gives the rows in the order of the view.
    pub(super) read: fn(&mut AnyConnection, &Asked, &mut EachRow<'_>) -> Result<(), QueryError>,
}

impl Mart {
    /// Writes the rows in the order of the view.
    pub(crate) fn answer(
        &self,
        connection: &mut AnyConnection,
        asked: &Asked,
        writer: &mut RowWriter<'_>,
    ) -> Result<(), QueryError> {
        self.begin(asked, writer)?;
        (self.read)(connection, asked, &mut |cells| Ok(writer.row(cells)?))
    }

    /// Writes what stands before the rows, unless the question makes no sense.
    pub(crate) fn begin(
        &self,
        asked: &Asked,
        writer: &mut RowWriter<'_>,
    ) -> Result<(), QueryError> {
        if self.dates.is_none() && (asked.since.is_some() || asked.until.is_some()) {
            return Err(QueryError::usage(
                format!("{} has no launch dates to choose from", self.name),
                "leave --since and --until out",
            ));
        }
        Ok(writer.begin(self.columns.iter().copied())?)
    }

    /// What it means, for people.
    pub(crate) fn explain(&self, out: &mut dyn Write) -> io::Result<()> {
        writeln!(out, "{}", self.name)?;
        writeln!(out, "{}", definitions::section(self.name))?;
        writeln!(out, "\nAll figures\n{}", definitions::section("All figures"))?;
        out.flush()
    }
}

/// Lists them, one line each.
pub(crate) fn list(writer: &mut RowWriter<'_>) -> Result<(), QueryError> {
    writer.begin(["query", "answers"])?;
    for mart in MARTS {
        let summary = definitions::summary(mart.name).to_owned();
        writer.row(vec![Cell::Text(mart.name.to_owned()), Cell::Text(summary)])?;
    }
    Ok(())
}

/// The mart of that name.
pub(crate) fn find(name: &str) -> Result<&'static Mart, QueryError> {
    MARTS.iter().find(|mart| mart.name == name).ok_or_else(|| {
        let nearest = nearest(name, MARTS.iter().map(|mart| mart.name));
        QueryError::usage(
            format!("there is no query {name:?}; did you mean {nearest}?"),
            "`etl query` lists them all",
        )
    })
}

/// Refuses a database of which only a part was loaded: it has no figures yet.
pub(crate) fn refuse_unfinished(connection: &mut AnyConnection) -> Result<(), QueryError> {
    let unfinished = ingestion_state::table
        .filter(ingestion_state::initial_load_completed_at.is_null())
        .select(ingestion_state::source);
    let is_unfinished: bool =
        diesel::select(exists(unfinished)).get_result(connection).map_err(DbError::from)?;
    if is_unfinished {
        let why = "the initial load is not complete: there are no figures yet";
        return Err(QueryError::usage(why, "`etl run` goes on where it stopped"));
    }
    Ok(())
}

/// The window of launch dates: nothing asked is everything that both databases can hold.
macro_rules! within {
    (none, $query:expr, $asked:ident) => {
        $query
    };
    ($date:ident, $query:expr, $asked:ident) => {
        $query
            .filter($date.ge(Timestamp($asked.since.unwrap_or(db::EARLIEST))))
            .filter($date.lt(Timestamp($asked.until.unwrap_or(db::LATEST))))
    };
}

macro_rules! dates {
    (none) => {
        None
    };
    ($date:ident) => {
        Some(stringify!($date))
    };
}

macro_rules! marts {
    ($($view:ident {
        order: $order:expr,
        dates: $dates:ident,
        columns: { $($column:ident: $type:ty),* $(,)? } $(,)?
    })*) => {
        /// All of them, in the order in which they are listed.
        pub(super) const MARTS: &[Mart] = &[$(Mart {
            name: stringify!($view),
            columns: &[$(stringify!($column)),*],
            dates: dates!($dates),
            read: |connection, asked, each| {
                let query = {
                    use views::$view::dsl::*;
                    let query = views::$view::table
                        .select(($($column,)*))
                        .order($order)
                        .limit(asked.limit.map_or(i64::MAX, i64::from));
                    within!($dates, query, asked)
                };
                db::for_each_row(connection, query, |($($column,)*): ($($type,)*)| {
                    each(vec![$(Cell::from($column)),*])
                })
            },
        }),*];
    };
}

marts! {
    launches_by_year {
        order: year.asc(),
        dates: period_start,
        columns: {
            year: i64, launches: i64, flown: i64, upcoming: i64, successes: i64, failures: i64,
            unknown: i64, success_rate: Option<Decimal>,
            completed_success_rate: Option<Decimal>, known_mass_kg: Decimal,
            cumulative_launches: i64, period_start: Timestamp,
        },
    }
    launches_by_month {
        order: (year.asc(), month.asc()),
        dates: period_start,
        columns: {
            year: i64, month: i64, launches: i64, flown: i64, upcoming: i64, successes: i64,
            failures: i64, unknown: i64, success_rate: Option<Decimal>,
            completed_success_rate: Option<Decimal>, known_mass_kg: Decimal,
            cumulative_launches: i64, period_start: Timestamp,
        },
    }
    launches_per_month {
        order: (scope.desc(), year.asc()),
        dates: none,
        columns: {
            scope: String, year: Option<i64>, flown: i64, months: i64,
            average_per_month: Decimal,
        },
    }
    launch_sites {
        order: (launches.desc(), launchpad_id.asc()),
        dates: none,
        columns: {
            launchpad_id: String, name: Option<String>, launches: i64, flown: i64,
            upcoming: i64, successes: i64, failures: i64, success_rate: Option<Decimal>,
            completed_success_rate: Option<Decimal>, mean_known_mass_kg: Option<Decimal>,
            first_launch: Timestamp, last_launch: Timestamp,
        },
    }
    static_fire_delays {
        order: year.asc(),
        dates: period_start,
        columns: {
            year: i64, launches: i64, mean_delay_whole_hours: Decimal,
            max_delay_whole_hours: i64, mean_delay_hours: Decimal, max_delay_hours: Decimal,
            period_start: Timestamp,
        },
    }
    heaviest_launches {
        order: position.asc(),
        dates: date_utc,
        columns: {
            position: i64, launch_id: String, mission_name: Option<String>, date_utc: Timestamp,
            rocket_name: Option<String>, launchpad_name: Option<String>,
            total_payload_mass_kg: Option<Decimal>, payloads_without_mass: Option<i64>,
            upcoming: bool,
        },
    }
    launch_milestones {
        order: (counted.asc(), milestone.asc()),
        dates: date_utc,
        columns: {
            counted: String, milestone: i64, date_utc: Timestamp, launch_id: String,
            mission_name: Option<String>,
        },
    }
    total_launches_milestones {
        order: milestone.asc(),
        dates: none,
        columns: {
            milestone: i64, total_launches: i64, reached_at: Option<Timestamp>,
            pipeline_run_id: Option<String>, aggregation_id: i64,
        },
    }
    success_rate_over_time {
        order: (date_utc.asc(), launch_id.asc()),
        dates: date_utc,
        columns: {
            date_utc: Timestamp, launch_id: String, mission_name: Option<String>,
            success: Option<bool>, flown: i64, successes: i64, failures: i64,
            success_rate: Decimal, completed_success_rate: Option<Decimal>,
        },
    }
    success_rate_by_year {
        order: year.asc(),
        dates: period_start,
        columns: {
            year: i64, flown: i64, successes: i64, failures: i64, unknown: i64,
            success_rate: Decimal, completed_success_rate: Option<Decimal>,
            running_success_rate: Decimal, running_completed_success_rate: Option<Decimal>,
            period_start: Timestamp,
        },
    }
    pipeline_growth {
        order: run.asc(),
        dates: none,
        columns: {
            run: i64, pipeline_run_id: String, kind: String, status: String,
            started_at: Timestamp, finished_at: Option<Timestamp>, added: i64, removed: i64,
            net: i64, total_launches: Option<i64>,
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_column_of_every_mart_is_defined() {
        for mart in MARTS {
            let section = definitions::section(mart.name);
            assert!(!definitions::summary(mart.name).is_empty(), "{} is not defined", mart.name);
            for column in mart.columns {
                assert!(
                    section.contains(&format!("`{column}`")),
                    "{}.{column} is not defined",
                    mart.name
                );
            }
        }
    }

    #[test]
    fn the_nearest_name_is_offered() {
        let message = |name| find(name).err().map(|error| error.to_string()).unwrap_or_default();
        assert!(message("launch_by_years").contains("launches_by_year?"), "{}", message("x"));
        assert!(message("heaviest").contains("heaviest_launches?"));
    }
}
