//! The tables that put features and target side by side, with nulls kept, and the serving table of the continuous model. They
//! are put together from columns of other tables; nothing is computed here.

use super::inputs::{self, ModelInput};
use super::{Part, Spine};
use crate::schema::{Column, ColumnType, TableSchema, tables};
use crate::table::{ColumnSource, Table, TableError, Values};

/// The column that says which part a row belongs to.
pub const SPLIT: &str = "SPLIT";
/// The column that holds a prediction.
pub const PREDICTED: &str = "PREDICTED_12M_LTV";
const OBSERVATION_DATE: &str = "OBSERVATION_DATE";
const MICROSECONDS_PER_DAY: i64 = 86_400_000_000;

/// Rows of a table that a column is taken from.
#[derive(Clone, Copy)]
enum Rows<'a> {
    /// Its column is shared, not copied.
    All,
    At(&'a [u32]),
}

/// A table in the making.
struct Assembly {
    columns: Vec<Column>,
    data: Vec<ColumnSource>,
}

impl Assembly {
    fn new() -> Self {
        Self { columns: Vec::new(), data: Vec::new() }
    }

    fn push(&mut self, column: Column, data: impl Into<ColumnSource>) {
        self.columns.push(column);
        self.data.push(data.into());
    }

    /// Takes a column over from another table.
    fn take(&mut self, table: &Table, name: &str, rows: Rows) -> Result<(), TableError> {
        let data = match rows {
            Rows::All => ColumnSource::Shared(table.share(name)?),
            Rows::At(rows) => ColumnSource::Values(table.gather(name, rows)?),
        };
        if let Some(column) = table.schema().column(name) {
            self.push(column.clone(), data);
        }
        Ok(())
    }

    /// Takes each input from the first table that has it.
    fn take_inputs(&mut self, inputs: &[ModelInput], sources: &[&Table]) -> Result<(), TableError> {
        for input in inputs {
            let source = sources.iter().find(|table| table.schema().column(&input.name).is_some());
            let table = source.ok_or_else(|| TableError::UnknownColumn {
                table: sources.iter().map(|t| t.name()).collect::<Vec<_>>().join(", "),
                column: input.name.to_string(),
            })?;
            self.take(table, &input.name, Rows::All)?;
        }
        Ok(())
    }

    fn push_split(&mut self, parts: &[Part]) {
        let levels = Part::ALL.map(Part::name);
        let column = Column::new(SPLIT, ColumnType::category(&levels), "", "The part of the temporal split.");
        self.push(column, Values::Codes(parts.iter().map(|&part| part as u8).collect()));
    }

    fn finish(self, name: &str, meaning: &str) -> Result<Table, TableError> {
        Table::assemble(TableSchema::new(name, meaning, self.columns), self.data)
    }
}

fn observation_date() -> Column {
    Column::new(OBSERVATION_DATE, ColumnType::Day, "", "The day as of which the features are computed.")
}

fn target_column(horizon_days: i32) -> Column {
    Column::new(
        tables::FUTURE_12M_LTV,
        ColumnType::Cents,
        "USD",
        &format!("Spend in the {horizon_days} days after the observation date: the target."),
    )
}

/// CONTINUOUS_CUSTOMERS_PROFILE_WITH_TARGET: the spine with the profile's columns and the target.
pub fn profile_with_target(profile: &Table, spine: &Spine, target_cents: &[i64]) -> Result<Table, TableError> {
    let mut table = Assembly::new();
    let rows = Rows::At(&spine.profile_rows);
    table.take(profile, tables::CUSTOMER_ID, rows)?;
    table.push(observation_date(), Values::Days(spine.observation_days.clone()));
    for name in [tables::SIGNUP_DATE, "AGE_GROUP", "REGION", "SEGMENT"] {
        table.take(profile, name, rows)?;
    }
    table.push(target_column(spine.rule.horizon_days), Values::Cents(target_cents.to_vec()));
    table.finish(
        "CONTINUOUS_CUSTOMERS_PROFILE_WITH_TARGET",
        "Customers with an observation date and what they spent in the label window after it.",
    )
}

/// CONTINUOUS_TRAINING_DATA_WITH_TARGET: features as of each observation date, target and split; `views` hold one row per spine row.
pub fn continuous_training_table(
    with_target: &Table,
    views: &[&Table],
    inputs: &[ModelInput],
    parts: &[Part],
) -> Result<Table, TableError> {
    let mut table = Assembly::new();
    for name in [tables::CUSTOMER_ID, OBSERVATION_DATE, tables::SIGNUP_DATE] {
        table.take(with_target, name, Rows::All)?;
    }
    let sources: Vec<&Table> = std::iter::once(with_target).chain(views.iter().copied()).collect();
    table.take_inputs(inputs, &sources)?;
    table.take(with_target, tables::FUTURE_12M_LTV, Rows::All)?;
    table.push_split(parts);
    table.finish(
        "CONTINUOUS_TRAINING_DATA_WITH_TARGET",
        "Point-in-time features of established customers with their target.",
    )
}

/// COLDSTART_TRAINING_DATA_WITH_TARGET: raw inputs, features, target and split.
pub fn coldstart_training_table(customers: &Table, features: &Table, parts: &[Part]) -> Result<Table, TableError> {
    let mut table = Assembly::new();
    for name in [tables::CUSTOMER_ID, tables::SIGNUP_DATE] {
        table.take(customers, name, Rows::All)?;
    }
    table.take_inputs(inputs::COLDSTART, &[features, customers])?;
    table.take(customers, tables::ACTUAL_12M_LTV, Rows::All)?;
    table.push_split(parts);
    table.finish("COLDSTART_TRAINING_DATA_WITH_TARGET", "New customers with their early signals and their target.")
}

/// Every input of the cold-start model for customers that wait for a prediction.
pub fn coldstart_serving_table(customers: &Table, features: &Table) -> Result<Table, TableError> {
    let mut table = Assembly::new();
    table.take(customers, tables::CUSTOMER_ID, Rows::All)?;
    table.take_inputs(inputs::COLDSTART, &[features, customers])?;
    table.finish("COLDSTART_CUSTOMER_FEATURES", "Every input of the cold-start model for the customers in staging.")
}

/// A prediction table: key columns of the serving table, PREDICTED_12M_LTV, MODEL_VERSION, PREDICTION_TIMESTAMP.
pub fn prediction_table(
    name: &str,
    serving: &Table,
    key_columns: &[&str],
    predicted: &[f32],
    version: &str,
    as_of_day: i32,
) -> Result<Table, TableError> {
    let mut table = Assembly::new();
    for column in key_columns {
        table.take(serving, column, Rows::All)?;
    }
    let column = Column::new(
        PREDICTED,
        ColumnType::Float,
        "USD",
        "Predicted spend of the coming 12 months, or of the shorter window chosen for own data, as the model returns it.",
    );
    table.push(column, Values::Floats(predicted.iter().map(|&x| f64::from(x)).collect()));
    let column =
        Column::new("MODEL_VERSION", ColumnType::category(&[version]), "", "The model version that predicted.");
    table.push(column, Values::Codes(vec![0; serving.n_rows()]));
    let column = Column::new("PREDICTION_TIMESTAMP", ColumnType::Timestamp, "", "The observation date as a timestamp.");
    table.push(column, Values::Timestamps(vec![i64::from(as_of_day) * MICROSECONDS_PER_DAY; serving.n_rows()]));
    table.finish(name, "Predicted 12-month spend of each customer.")
}

/// CONTINUOUS_CUSTOMER_FEATURES: every model input of every customer as of `as_of_day`. SIGNUP_DATE and AS_OF stand beside the inputs,
/// because a missing recency is filled from them.
pub fn customer_features(
    profile: &Table,
    views: &[&Table],
    inputs: &[ModelInput],
    as_of_day: i32,
) -> Result<Table, TableError> {
    let mut table = Assembly::new();
    table.take(profile, tables::CUSTOMER_ID, Rows::All)?;
    let as_of = Column::new("AS_OF", ColumnType::Day, "", "The day as of which the features are computed.");
    table.push(as_of, Values::Days(vec![as_of_day; profile.n_rows()]));
    table.take(profile, tables::SIGNUP_DATE, Rows::All)?;
    let sources: Vec<&Table> = std::iter::once(profile).chain(views.iter().copied()).collect();
    table.take_inputs(inputs, &sources)?;
    table.finish(
        "CONTINUOUS_CUSTOMER_FEATURES",
        "Every input of the continuous model for every customer as of the observation date.",
    )
}
