//! The work itself, pure: values in, values out; no clock, no unseeded randomness, no input or output, no panic. The modules
//! stand in the order of the data's flow; an arrow only goes to what stands above.

pub mod order;
pub mod schema;
pub mod table;

pub mod synth;

pub mod feature;

pub mod dataset;

pub mod learn;

pub mod tune;
