//! The data at a glance: what goes together, who keeps buying, who holds the spend.

use crate::app::clock::nth_task;
use crate::app::components::ChartFigure;
use crate::app::store::use_store;
use crate::present::charts::{AssociationChart, Chart, ConcentrationChart, RetentionChart};
use crate::protocol::{Command, ObjectId};
use leptos::prelude::*;

#[component]
pub fn Glance() -> impl IntoView {
    let store = use_store();
    store.ask_when(|state| state.wants_glance(), Command::Glance);
    let retention = store.select(|state| {
        let retention = state.glance.as_ref().and_then(|glance| glance.retention.clone());
        Chart::Retention(RetentionChart { retention })
    });
    let concentration = store.select(|state| {
        let curves = state.glance.as_ref().map(|glance| glance.concentration.clone()).unwrap_or_default();
        Chart::Concentration(ConcentrationChart { curves })
    });
    let associations = move |table: ObjectId| {
        let chart = store.select(move |state| {
            let found = state.glance.as_ref().and_then(|g| g.associations.iter().find(|a| a.table == table).cloned());
            Chart::Association(AssociationChart { table: table.name(), associations: found })
        });
        view! { <ChartFigure chart=chart/> }
    };
    // A chart a task.
    let (second, third, fourth) = (nth_task(1), nth_task(2), nth_task(3));
    view! {
        <h2 class="part-head">"The data at a glance"</h2>
        <div class="grid" data-testid="glance">
            <section class="panel" data-span="half"><ChartFigure chart=retention/></section>
            <section class="panel" data-span="half">{move || second.get().then(|| view! { <ChartFigure chart=concentration/> })}</section>
            <section class="panel" data-span="full">{move || third.get().then(|| associations(ObjectId::ColdstartCustomers))}</section>
            <section class="panel" data-span="full">{move || fourth.get().then(|| associations(ObjectId::ContinuousTrainingData))}</section>
        </div>
    }
}
