//! What tests, benches and fuzz targets share: a seeded payload generator and a naive model of the contract.
