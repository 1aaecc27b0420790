//! Searching the record: clauses over blind tokens, walked in the order of the changes.
//!
//! A clause holds when one of its terms leads to the resource (or none, when it is negated); all
//! clauses hold together. The rarest clause drives the walk, the others are looked up for each
//! resource it brings; counts up to a limit decide which that is. The tokens of dates and names
//! bring all that could match and a little more: the caller compares what it then reads.

use relu_record::Instant;

use crate::db::{Query, col};
use crate::error::Result;
use crate::resources::{COLUMNS, Resource, ResourceTerm};
use crate::vault::Vault;

/// How far the rows of a clause are counted to find the rarest.
const COUNTED: i64 = 5_000;

/// One condition.
#[derive(Clone, Debug)]
pub struct ResourceClause {
    /// One of these.
    pub any: Vec<ResourceTerm>,
    /// Or rather none of them.
    pub none: bool,
}

/// A search among the current resources of one type.
#[derive(Clone, Debug)]
pub struct ResourceQuery {
    /// Type.
    pub kind: &'static str,
    /// All must hold. What every resource of the type carries must be among its terms as `everyone`.
    pub clauses: Vec<ResourceClause>,
    /// The term that every resource of the type carries.
    pub everyone: ResourceTerm,
    /// After this number, in the order of the walk.
    pub after: Option<i64>,
    /// Whether the last changed come first.
    pub newest_first: bool,
    /// Changed at or after.
    pub since: Option<Instant>,
    /// Changed before.
    pub before: Option<Instant>,
    /// Masked resources are shown when one of these wrote them.
    pub authors: Vec<String>,
}

impl Vault {
    /// At most `limit` resources that satisfy every clause.
    pub async fn search_resources(
        &self,
        query: &ResourceQuery,
        limit: u32,
    ) -> Result<Vec<Resource>> {
        let plan = self.plan(query).await?;
        let mut q = Query::new("SELECT ", &self.t());
        q.push(COLUMNS).push(" FROM ");
        self.from(&mut q, &plan);
        q.push(
            " CROSS JOIN resource r LEFT JOIN patient p ON p.tenant = r.tenant AND p.id = r.patient \
             WHERE r.tenant = $1 AND r.num = a.num AND r.live = 1 AND (r.masked = 0 OR r.author IN (",
        );
        q.texts(query.authors.iter().map(String::as_str)).push("))");
        where_(&mut q, query, &plan);
        within(&mut q, query);
        q.push(if query.newest_first { " ORDER BY a.num DESC" } else { " ORDER BY a.num" });
        q.push(" LIMIT ").number(limit.into());
        self.resources(q, "search the record").await
    }

    /// How many satisfy every clause, counted to `limit`.
    pub async fn count_resources(&self, query: &ResourceQuery, limit: u32) -> Result<u64> {
        let plan = self.plan(query).await?;
        let mut q = Query::new("SELECT COUNT(*) AS n FROM (SELECT 1 FROM ", &self.t());
        self.from(&mut q, &plan);
        let dated = query.since.is_some() || query.before.is_some();
        match dated {
            true => q.push(
                " CROSS JOIN resource r WHERE r.tenant = $1 AND r.num = a.num AND r.live = 1",
            ),
            false => q.push(" WHERE 1 = 1"),
        };
        q.push(
            " AND NOT EXISTS (SELECT 1 FROM resource m WHERE m.tenant = $1 AND m.num = a.num \
             AND m.masked = 1 AND m.author NOT IN (",
        );
        q.texts(query.authors.iter().map(String::as_str)).push("))");
        where_(&mut q, query, &plan);
        within(&mut q, query);
        q.push(" LIMIT ").number(limit.into()).push(") x");
        let rows = q.fetch(&self.inner.db.readers, "count resources").await?;
        let n: i64 = rows.first().map_or(Ok(0), |r| col(r, "n"))?;
        Ok(u64::try_from(n).unwrap_or(0))
    }

    // The rarest positive clause leads; the others follow.
    async fn plan(&self, query: &ResourceQuery) -> Result<Plan> {
        let token = |t: &ResourceTerm| self.resource_token(query.kind, t.param, &t.value);
        let tokens = |c: &ResourceClause| {
            let mut all: Vec<i64> = c.any.iter().map(token).collect();
            all.sort_unstable();
            all.dedup();
            all
        };
        let mut plan =
            Plan { driver: vec![token(&query.everyone)], probes: Vec::new(), from: None };
        let positive: Vec<Vec<i64>> =
            query.clauses.iter().filter(|c| !c.none).map(tokens).collect();
        let rarest = match positive.len() {
            0 => None,
            1 if positive[0].len() == 1 => Some(0),
            _ => self.rarest(&positive).await?,
        };
        for (i, tokens) in positive.into_iter().enumerate() {
            match Some(i) == rarest {
                true => plan.driver = tokens,
                false => plan.probes.push((tokens, false)),
            }
        }
        plan.probes.extend(query.clauses.iter().filter(|c| c.none).map(|c| (tokens(c), true)));
        if let Some(since) = query.since {
            plan.from = Some(self.first_since(since).await?);
        }
        Ok(plan)
    }

    async fn rarest(&self, clauses: &[Vec<i64>]) -> Result<Option<usize>> {
        let mut q = Query::new("SELECT 0 AS i, 0 AS n WHERE $1 = ''", &self.t());
        for (i, tokens) in clauses.iter().enumerate() {
            q.push(" UNION ALL SELECT ")
                .number(i as i64)
                .push(" AS i, COUNT(*) AS n FROM (SELECT 1 FROM resource_token WHERE token IN (");
            q.numbers(tokens.iter().copied()).push(") LIMIT ").number(COUNTED).push(") x");
        }
        let rows = q.fetch(&self.inner.db.readers, "plan a search").await?;
        let mut best: Option<(i64, usize, usize)> = None;
        for row in &rows {
            let i = usize::try_from(col::<i64>(row, "i")?).unwrap_or(0);
            let n: i64 = col(row, "n")?;
            // Many rows of several tokens would have to be sorted before the first is known.
            let width = clauses.get(i).map_or(0, Vec::len);
            let usable = n < COUNTED || width == 1;
            let key = (n, width, i);
            if usable && best.is_none_or(|b| key < b) {
                best = Some(key);
            }
        }
        Ok(best.map(|(_, _, i)| i))
    }

    // Number of the first version written since, with two minutes for acts that waited their turn.
    async fn first_since(&self, since: Instant) -> Result<i64> {
        let select = "SELECT num FROM resource WHERE tenant = $1 AND updated_at >= ";
        let mut q = Query::new(select, &self.t());
        q.number(since.0.saturating_sub(120_000)).push(" ORDER BY updated_at LIMIT 1");
        let rows = q.fetch(&self.inner.db.readers, "find the first change").await?;
        // Two versions of one instant may stand in either order within one event.
        rows.first().map_or(Ok(i64::MAX), |r| Ok(col::<i64>(r, "num")? & !0xffff))
    }

    fn from(&self, q: &mut Query, plan: &Plan) {
        if plan.driver.len() == 1 {
            q.push("resource_token a");
        } else {
            q.push("(SELECT DISTINCT num FROM resource_token WHERE token IN (");
            q.numbers(plan.driver.iter().copied()).push(")) a");
        }
    }
}

struct Plan {
    driver: Vec<i64>,
    // Tokens, and whether none may lead to the resource.
    probes: Vec<(Vec<i64>, bool)>,
    from: Option<i64>,
}

// Written in that span of time.
fn within(q: &mut Query, query: &ResourceQuery) {
    if let Some(since) = query.since {
        q.push(" AND r.updated_at >= ").number(since.0);
    }
    if let Some(before) = query.before {
        q.push(" AND r.updated_at < ").number(before.0);
    }
}

fn where_(q: &mut Query, query: &ResourceQuery, plan: &Plan) {
    if let [one] = plan.driver.as_slice() {
        q.push(" AND a.token = ").number(*one);
    }
    if let Some(after) = query.after {
        q.push(if query.newest_first { " AND a.num < " } else { " AND a.num > " }).number(after);
    }
    if let Some(from) = plan.from {
        q.push(" AND a.num >= ").number(from);
    }
    for (tokens, none) in &plan.probes {
        q.push(if *none { " AND NOT EXISTS (" } else { " AND EXISTS (" });
        q.push("SELECT 1 FROM resource_token b WHERE b.num = a.num AND b.token IN (");
        q.numbers(tokens.iter().copied()).push("))");
    }
}
