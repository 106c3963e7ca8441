//! What is asked of data and models now and then, pure like the engine below it: how good predictions are, which versions there are, what tables
//! hold and whether the generated ones are what they should be; and what becomes of predictions while time goes on. A crate of its own because it is compiled small, and the engine fast. The
//! modules stand in the order of the data's flow; an arrow only goes to what stands above.

pub mod evaluate;

pub mod refresh;
pub mod registry;

pub mod profile;

pub mod live;

pub mod truth;
