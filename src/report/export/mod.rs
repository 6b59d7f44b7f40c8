//! Any table or view, row by row in the order of its key or of its mart: the same bytes from both databases.

mod relations;

use super::marts::{self, MARTS, Mart};
use super::rfc3339;
use super::rows::{QueryError, RowWriter};
use crate::clock::Clock;
use crate::db::AnyConnection;
use crate::model::nearest::nearest;
use crate::model::query::{Asked, Cell};
use relations::{RELATIONS, Relation};

/// What can be exported.
pub(crate) enum Exportable {
    Relation(&'static Relation),
    Mart(&'static Mart),
}

/// The table or view of that name.
pub(crate) fn find(name: &str) -> Result<Exportable, QueryError> {
    let all = || {
        let relations = RELATIONS.iter().map(Exportable::Relation);
        relations.chain(MARTS.iter().map(Exportable::Mart))
    };
    all().find(|known| known.name() == name).ok_or_else(|| {
        let nearest = nearest(name, all().map(|known| known.name()));
        QueryError::usage(
            format!("there is no table or view {name:?}; did you mean {nearest}?"),
            "`etl export --help` shows how it is used",
        )
    })
}

impl Exportable {
    fn name(&self) -> &'static str {
        match self {
            Self::Relation(relation) => relation.name,
            Self::Mart(mart) => mart.name,
        }
    }

    /// Writes every row, until a signal says otherwise.
    pub(crate) fn export(
        &self,
        connection: &mut AnyConnection,
        writer: &mut RowWriter<'_>,
        clock: &Clock,
    ) -> Result<(), QueryError> {
        let columns = match self {
            Self::Relation(relation) => relation.columns,
            Self::Mart(mart) => {
                marts::refuse_unfinished(connection)?;
                mart.columns
            }
        };
        writer.begin(columns.iter().copied())?;
        let each = &mut |cells: Vec<Cell>| {
            clock.interrupted()?;
            Ok(writer.row(cells.into_iter().map(with_whole_instant).collect())?)
        };
        match self {
            Self::Relation(relation) => (relation.read)(connection, each),
            Self::Mart(mart) => (mart.read)(connection, &Asked::default(), each),
        }
    }
}

/// For whoever reads the rows again: every instant is as long as the others, and sorts as text.
fn with_whole_instant(cell: Cell) -> Cell {
    match cell {
        Cell::Instant(at) => Cell::Text(rfc3339(at)),
        cell => cell,
    }
}
