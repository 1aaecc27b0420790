//! Rows of a Parquet file.
