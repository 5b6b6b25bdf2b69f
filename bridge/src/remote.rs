//! Reading from LanceDB servers, with the same results as from files.

use std::collections::HashMap;
use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::types::UInt64Type;
use arrow_array::{Array, ArrayRef, RecordBatch, RecordBatchOptions, StructArray, UInt64Array};
use arrow_schema::{DataType, Field, Fields, Schema, SchemaRef};
use futures::{StreamExt, TryStreamExt};
use lancedb::arrow::arrow_select::concat::concat_batches;
use lancedb::arrow::arrow_select::take::take_record_batch;
use lancedb::query::{ExecutableQuery, QueryBase, QueryExecutionOptions, Select};
use lancedb::Table;

use crate::error::{BridgeError, Code, Result};
use crate::explain::Explain;
use crate::request::{complete, project, Batches, Scan, Take};

const ROW_ID: &str = "_rowid";

/// The request for a server, and the schema to narrow its response to: servers know only whole
/// columns.
struct Projection {
    columns: Vec<String>,
    schema: SchemaRef,
}

async fn projection(
    table: &Table,
    name: &str,
    columns: Option<&[String]>,
    with_row_id: bool,
) -> Result<Projection> {
    let what = || format!("cannot read the schema of table '{name}'");
    let all = table.schema().await.opening(what)?;
    let all = lance::datatypes::Schema::try_from(all.as_ref()).opening(what)?;
    let wanted = Schema::from(&project(&all, columns, name)?);
    let mut columns: Vec<String> = wanted.fields().iter().map(|f| f.name().clone()).collect();
    if columns.is_empty() {
        // A server treats no columns as all columns.
        columns.extend(all.fields.first().map(|f| f.name.clone()));
    }
    let mut fields: Vec<_> = wanted.fields().iter().cloned().collect();
    if with_row_id {
        fields.push(Arc::new(Field::new(ROW_ID, DataType::UInt64, true)));
    }
    Ok(Projection {
        columns,
        schema: Arc::new(Schema::new(fields)),
    })
}

fn execution(batch_size: u32) -> QueryExecutionOptions {
    let mut options = QueryExecutionOptions::default();
    options.max_batch_length = batch_size;
    options
}

pub async fn scan(table: &Table, name: &str, scan: Scan) -> Result<(SchemaRef, Batches)> {
    if scan.fragments.is_some() {
        return Err(BridgeError::not_supported(format!(
            "cannot scan fragments of table '{name}': a server does not tell them"
        )));
    }
    let wanted = projection(table, name, scan.columns.as_deref(), scan.with_row_id).await?;
    let mut query = table.query().select(Select::columns(&wanted.columns));
    if let Some(filter) = &scan.filter {
        query = query.only_if(filter);
    }
    if scan.with_row_id {
        query = query.with_row_id();
    }
    if let Some(limit) = scan.limit {
        query = query.limit(usize::try_from(limit).unwrap_or(usize::MAX));
    }
    if let Some(offset) = scan.offset {
        query = query.offset(usize::try_from(offset).unwrap_or(usize::MAX));
    }
    let what = format!("cannot scan table '{name}'");
    let batches = query.execute_with_options(execution(scan.batch_size)).await;
    let batches = batches.doing(|| what.clone())?;
    let schema = wanted.schema.clone();
    let batches = batches.map(move |batch| narrow(&batch.doing(|| what.clone())?, &wanted.schema));
    Ok((schema, batches.boxed()))
}

pub async fn take(table: Table, name: String, take: Take) -> Result<(SchemaRef, Batches)> {
    // Row ids identify the rows: servers return them in any order.
    let fetched = projection(&table, &name, take.columns.as_deref(), true).await?;
    let wanted = projection(&table, &name, take.columns.as_deref(), take.with_row_id).await?;
    let schema = wanted.schema.clone();
    let fetched = Arc::new(fetched);
    let chunks: Vec<Vec<u64>> = take
        .row_ids
        .chunks(take.batch_size)
        .map(<[u64]>::to_vec)
        .collect();
    let batches = futures::stream::iter(chunks).then(move |row_ids| {
        let (table, name) = (table.clone(), name.clone());
        let (fetched, wanted) = (fetched.clone(), wanted.schema.clone());
        async move {
            let batch = fetch(&table, &name, &row_ids, &fetched).await?;
            narrow(&reorder(&batch, &row_ids, &name)?, &wanted)
        }
    });
    Ok((schema, batches.boxed()))
}

async fn fetch(
    table: &Table,
    name: &str,
    row_ids: &[u64],
    wanted: &Projection,
) -> Result<RecordBatch> {
    let what = || format!("cannot take rows of table '{name}'");
    let query = table.take_row_ids(row_ids.to_vec());
    let query = query.select(Select::columns(&wanted.columns)).with_row_id();
    let batches = query.execute().await.doing(what)?;
    let batches: Vec<RecordBatch> = batches.try_collect().await.doing(what)?;
    let batches: Vec<RecordBatch> = batches
        .iter()
        .map(|batch| narrow(batch, &wanted.schema))
        .collect::<Result<_>>()?;
    concat_batches(&wanted.schema, &batches).doing(what)
}

fn reorder(batch: &RecordBatch, row_ids: &[u64], name: &str) -> Result<RecordBatch> {
    let column = column(batch.column_by_name(ROW_ID), ROW_ID)?;
    let found = column
        .as_primitive_opt::<UInt64Type>()
        .ok_or_else(|| unexpected(ROW_ID))?;
    let places: HashMap<u64, u64> = (0..).zip(found.values()).map(|(i, id)| (*id, i)).collect();
    let order: UInt64Array = row_ids
        .iter()
        .filter_map(|id| places.get(id).copied())
        .collect();
    let batch =
        take_record_batch(batch, &order).doing(|| format!("cannot take rows of table '{name}'"))?;
    complete(batch, row_ids.len(), name)
}

fn unexpected(name: &str) -> BridgeError {
    BridgeError::new(
        Code::SchemaMismatch,
        format!("the server's answer has no column '{name}' of the type in its schema"),
    )
}

fn column<'a>(column: Option<&'a ArrayRef>, name: &str) -> Result<&'a ArrayRef> {
    column.ok_or_else(|| unexpected(name))
}

/// The columns and struct children of `schema`, in its order.
fn narrow(batch: &RecordBatch, schema: &SchemaRef) -> Result<RecordBatch> {
    let columns = narrow_fields(schema.fields(), &|name| batch.column_by_name(name))?;
    let options = RecordBatchOptions::new().with_row_count(Some(batch.num_rows()));
    RecordBatch::try_new_with_options(schema.clone(), columns, &options)
        .doing(|| "the server's answer does not match its schema".to_string())
}

fn narrow_fields<'a>(
    fields: &Fields,
    find: &dyn Fn(&str) -> Option<&'a ArrayRef>,
) -> Result<Vec<ArrayRef>> {
    let narrowed = fields.iter().map(|field| {
        let array = column(find(field.name()), field.name())?;
        match (field.data_type(), array.as_struct_opt()) {
            (DataType::Struct(children), Some(parent)) => {
                let arrays = narrow_fields(children, &|name| parent.column_by_name(name))?;
                let nulls = parent.nulls().cloned();
                let narrowed = if arrays.is_empty() {
                    StructArray::new_empty_fields(parent.len(), nulls)
                } else {
                    StructArray::try_new(children.clone(), arrays, nulls)
                        .map_err(|_| unexpected(field.name()))?
                };
                Ok(Arc::new(narrowed) as ArrayRef)
            }
            _ => Ok(array.clone()),
        }
    });
    narrowed.collect()
}
