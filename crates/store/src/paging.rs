//! Lists, cut into pages and narrowed by optional conditions.

use crate::db::{Cell, FromRow, Scalar, ToCell};
use crate::{Conn, Result};
use domain::org::Scope;
use serde::Serialize;
use sqlx::AssertSqlSafe;
use std::collections::BTreeSet;
use std::fmt::Write as _;

/// Most rows of one page.
pub const PAGE_SIZE_MAX: u32 = 500;
/// Rows are counted up to here; a longer list shows this as its total.
pub const TOTAL_MAX: i64 = 10_000;

/// Rows are shown up to here: further back a list is to be narrowed, not leafed through.
pub(crate) const DEPTH_MAX: i64 = 100_000;

/// Which page of a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PageRequest {
    /// 1 for the first; 0 counts as 1.
    pub page: u32,
    /// Rows per page, cut to 1..=[`PAGE_SIZE_MAX`].
    pub size: u32,
}

impl Default for PageRequest {
    fn default() -> Self {
        Self { page: 1, size: 20 }
    }
}

/// A page of a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Page<T> {
    /// The rows.
    pub items: Vec<T>,
    /// Rows of the whole list, at most [`TOTAL_MAX`].
    pub total: i64,
    /// Which page this is, 1 for the first.
    pub page: u32,
    /// Rows per page.
    pub size: u32,
}

impl<T> Page<T> {
    /// The same page with its rows turned into something else.
    pub fn map<U>(self, turn: impl FnMut(T) -> U) -> Page<U> {
        Page {
            items: self.items.into_iter().map(turn).collect(),
            total: self.total,
            page: self.page,
            size: self.size,
        }
    }
}

/// The orders that a list can be read in: the caller's word, and what it means.
#[derive(Clone, Copy, Debug)]
pub struct Sort(pub(crate) &'static [(&'static str, &'static str)]);

impl Sort {
    /// The order of that name, or the list's usual one, which is the first; none when there is no
    /// such order.
    pub(crate) fn clause(self, name: Option<&str>) -> Option<&'static str> {
        let mut all = self.0.iter();
        let found = match name {
            None => all.next(),
            Some(name) => all.find(|(known, _)| *known == name),
        };
        found.map(|(_, clause)| *clause)
    }

    /// Whether there is an order of that name.
    pub fn knows(self, name: &str) -> bool {
        self.0.iter().any(|(known, _)| *known == name)
    }

    /// All names, for people.
    pub fn names(self) -> String {
        let names: Vec<&str> = self.0.iter().map(|(name, _)| *name).collect();
        names.join(", ")
    }
}

/// How a table tells whose its rows are, and at which station they stand.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Whose {
    /// By a path; `{path}` stands for the beginning of the paths in a subtree.
    by_path: &'static str,
    /// By a station; `{stations}` stands for ids with commas between them. None: the rows stand
    /// at no station, so that who is limited to some sees none.
    by_station: Option<&'static str>,
}

impl Whose {
    pub(crate) const fn bound(by_path: &'static str, by_station: &'static str) -> Self {
        Self {
            by_path,
            by_station: Some(by_station),
        }
    }

    pub(crate) const fn at(self, by_station: &'static str) -> Self {
        Self {
            by_path: self.by_path,
            by_station: Some(by_station),
        }
    }
}

impl From<&'static str> for Whose {
    fn from(by_path: &'static str) -> Self {
        Self {
            by_path,
            by_station: None,
        }
    }
}

/// What stands at a station by a column of its own.
pub(crate) const AT_STATION: &str = "station_id in ({stations})";

/// What tables with an owner, an operator and a station are narrowed by.
pub(crate) const OWNED_OR_OPERATED: Whose = Whose {
    by_path: "(org_path like {path} or operator_path like {path})",
    by_station: Some(AT_STATION),
};

/// What tables with an owner alone are narrowed by.
pub(crate) const OWNED: Whose = Whose {
    by_path: "org_path like {path}",
    by_station: None,
};

/// What rows about a device are narrowed by: they belong to its owner and its operator.
pub(crate) const OF_DEVICE: Whose = Whose {
    by_path: "device_id in (select d.id from devices d \
     where d.org_path like {path} or d.operator_path like {path})",
    by_station: Some(
        "device_id in (select d.id from devices d where d.station_id in ({stations}))",
    ),
};

/// What rows that name a device by its id on the wire are narrowed by.
pub(crate) const OF_PHY_ID: Whose = Whose {
    by_path: "phy_id in (select d.phy_id from devices d \
     where d.org_path like {path} or d.operator_path like {path})",
    by_station: Some(
        "phy_id in (select d.phy_id from devices d where d.station_id in ({stations}))",
    ),
};

/// A list statement in the making. Its text comes from this crate alone; what a caller gives
/// travels as an argument.
pub(crate) struct Listing<'a> {
    columns: &'static str,
    from: &'static str,
    key: Option<&'static str>,
    newest: Option<&'static str>,
    conditions: String,
    cells: Vec<Cell<'a>>,
}

impl<'a> Listing<'a> {
    pub(crate) fn of(columns: &'static str, from: &'static str) -> Self {
        Self {
            columns,
            from,
            key: None,
            newest: None,
            conditions: String::new(),
            cells: Vec::new(),
        }
    }

    /// The key of a table with wide rows: a page is found by it first, so that rows that are only
    /// passed over are not read where an index will do.
    pub(crate) const fn by_key(mut self, key: &'static str) -> Self {
        self.key = Some(key);
        self
    }

    /// Sorts the first [`TOTAL_MAX`] rows in that order instead of all that there are: for orders
    /// that no index has. Needs a key.
    pub(crate) const fn among(mut self, newest: &'static str) -> Self {
        self.newest = Some(newest);
        self
    }

    /// Narrows the list to rows where `column operator value`, if there is a value.
    pub(crate) fn narrow<T: ToCell>(
        mut self,
        condition: &'static str,
        value: Option<&'a T>,
    ) -> Self {
        if let Some(value) = value {
            self.cells.push(value.cell());
            self.conditions.push_str(" and ");
            self.conditions.push_str(condition);
            write!(self.conditions, " ${}", self.cells.len()).expect("writing to a string");
        }
        self
    }

    /// The same where the value stands within the condition, at `{value}`.
    pub(crate) fn narrow_by<T: ToCell>(
        mut self,
        condition: &'static str,
        value: Option<&'a T>,
    ) -> Self {
        if let Some(value) = value {
            self.cells.push(value.cell());
            let place = format!("${}", self.cells.len());
            self.conditions.push_str(" and ");
            self.conditions
                .push_str(&condition.replace("{value}", &place));
        }
        self
    }

    /// Narrows the list to rows whose text has this part, in capitals or not.
    pub(crate) fn containing(mut self, column: &'static str, part: Option<&str>) -> Self {
        if let Some(part) = part {
            let pattern = format!("%{}%", literally(part));
            self.cells.push(Cell::Text(pattern.into()));
            let number = self.cells.len();
            write!(
                self.conditions,
                " and lower({column}) like ${number} escape '\\'"
            )
            .expect("writing to a string");
        }
        self
    }

    /// Narrows the list to rows whose name has this part, or whose number begins or ends with it,
    /// in capitals or not.
    pub(crate) fn called(
        mut self,
        (name, number): (&'static str, &'static str),
        part: Option<&str>,
    ) -> Self {
        if let Some(part) = part {
            let part = literally(part);
            let first = self.cells.len() + 1;
            for pattern in [format!("%{part}%"), format!("{part}%"), format!("%{part}")] {
                self.cells.push(Cell::Text(pattern.into()));
            }
            let (second, third) = (first + 1, first + 2);
            write!(
                self.conditions,
                " and (lower({name}) like ${first} escape '\\' \
                 or lower({number}) like ${second} escape '\\' \
                 or lower({number}) like ${third} escape '\\')"
            )
            .expect("writing to a string");
        }
        self
    }

    /// Narrows the list to what somebody may see.
    pub(crate) fn within(mut self, whose: impl Into<Whose>, scope: &Scope) -> Self {
        if let Some(path) = scope.path() {
            // Paths consist of digits and slashes; nothing in them means anything to `like`.
            self.cells.push(Cell::Text(format!("{path}%").into()));
            let place = format!("${}", self.cells.len());
            let seen = seen(whose.into(), scope, &place);
            self.conditions.push_str(" and ");
            self.conditions.push_str(&seen);
        }
        self
    }

    /// Narrows the list by a condition without a value, if it applies.
    pub(crate) fn only(mut self, condition: &'static str, applies: bool) -> Self {
        if applies {
            self.conditions.push_str(" and ");
            self.conditions.push_str(condition);
        }
        self
    }

    /// The single row of a statement that adds up.
    pub(crate) async fn one<T: FromRow>(self, conn: Conn<'_>) -> Result<T> {
        let Self {
            columns,
            from,
            conditions,
            cells,
            ..
        } = self;
        let sql = format!("select {columns} from {from} where true{conditions}");
        conn.one_anew(AssertSqlSafe(sql), &cells).await
    }

    /// All rows of a statement with groups, in no order; at most so many.
    pub(crate) async fn grouped<T: FromRow>(
        self,
        conn: Conn<'_>,
        group: &'static str,
        most: u32,
    ) -> Result<Vec<T>> {
        let Self {
            columns,
            from,
            conditions,
            cells,
            ..
        } = self;
        let sql = format!(
            "select {columns} from {from} where true{conditions} group by {group} limit {most}"
        );
        conn.all_anew(AssertSqlSafe(sql), &cells).await
    }

    pub(crate) async fn page<T: FromRow>(
        self,
        mut conn: Conn<'_>,
        order: &'static str,
        request: PageRequest,
    ) -> Result<Page<T>> {
        let Self {
            columns,
            from,
            key,
            newest,
            conditions,
            mut cells,
        } = self;
        let (page, size) = (request.page.max(1), request.size.clamp(1, PAGE_SIZE_MAX));
        let count = format!(
            "select count(*) as value from \
             (select 1 from {from} where true{conditions} limit {TOTAL_MAX}) as counted"
        );
        let Scalar(total) = conn.again().one_anew(AssertSqlSafe(count), &cells).await?;
        let offset = i64::from(page - 1) * i64::from(size);
        let behind_the_last = total < TOTAL_MAX && offset >= total;
        if behind_the_last || offset >= DEPTH_MAX {
            return Ok(Page {
                items: Vec::new(),
                total,
                page,
                size,
            });
        }
        cells.push(Cell::Int(i64::from(size)));
        cells.push(Cell::Int(offset));
        let (limit, skip) = (cells.len() - 1, cells.len());
        let conditions = match (key, newest) {
            (Some(key), Some(newest)) => format!(
                " and {key} in (select {key} from {from} where true{conditions} \
                 order by {newest} limit {TOTAL_MAX})"
            ),
            _ => conditions,
        };
        let list = match key {
            None => format!(
                "select {columns} from {from} where true{conditions} \
                 order by {order} limit ${limit} offset ${skip}"
            ),
            Some(key) => format!(
                "select {columns} from {from} where {key} in (select {key} from {from} \
                 where true{conditions} order by {order} limit ${limit} offset ${skip}) \
                 order by {order}"
            ),
        };
        let items = conn.all_anew(AssertSqlSafe(list), &cells).await?;
        Ok(Page {
            items,
            total,
            page,
            size,
        })
    }
}

/// A text in small letters of which `like` takes each character for itself.
fn literally(part: &str) -> String {
    let mut pattern = String::new();
    for letter in part.trim().to_lowercase().chars() {
        if matches!(letter, '%' | '_' | '\\') {
            pattern.push('\\');
        }
        pattern.push(letter);
    }
    pattern
}

fn seen(whose: Whose, scope: &Scope, place: &str) -> String {
    let by_path = whose.by_path.replace("{path}", place);
    let Scope::Narrowed(narrowed) = scope else {
        return by_path;
    };
    let at = |ids: &BTreeSet<i64>| {
        let by_station = whose.by_station?;
        Some(by_station.replace("{stations}", &listed(ids)))
    };
    let mut text = by_path;
    if !narrowed.granted().is_empty()
        && let Some(granted) = at(narrowed.granted())
    {
        text = format!("({text} or {granted})");
    }
    match narrowed.limit().map(at) {
        None => text,
        Some(Some(limit)) => format!("({text} and {limit})"),
        Some(None) => format!("({text} and 1 = 0)"),
    }
}

/// Numbers with commas between them; no station has the id 0.
pub(crate) fn listed(ids: &BTreeSet<i64>) -> String {
    let mut text = "0".to_owned();
    for id in ids {
        write!(text, ",{id}").expect("writing to a string");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::{OWNED, OWNED_OR_OPERATED, seen};
    use domain::org::{OrgType, Scope};
    use std::collections::BTreeSet;

    #[test]
    fn who_is_limited_to_stations_sees_what_stands_there() {
        let at = |limit: &[i64]| {
            let limit = Some(limit.iter().copied().collect());
            Scope::narrowed(OrgType::Platform, "/1/", BTreeSet::new(), limit)
        };
        assert_eq!(
            seen(OWNED_OR_OPERATED, &at(&[7, 9]), "$1"),
            "((org_path like $1 or operator_path like $1) and station_id in (0,7,9))"
        );
        assert_eq!(
            seen(OWNED_OR_OPERATED, &at(&[]), "$1"),
            "((org_path like $1 or operator_path like $1) and station_id in (0))"
        );
        assert_eq!(seen(OWNED, &at(&[7]), "$1"), "(org_path like $1 and 1 = 0)");
        let granted = Scope::narrowed(OrgType::Merchant, "/1/2/", [7].into(), None);
        assert_eq!(
            seen(OWNED_OR_OPERATED.at("id in ({stations})"), &granted, "$1"),
            "((org_path like $1 or operator_path like $1) or id in (0,7))"
        );
        assert_eq!(seen(OWNED, &granted, "$1"), "org_path like $1");
    }
}
