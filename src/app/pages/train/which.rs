//! Which model, which version of it, and which of its test customers the reader looks at: the same on all parts of the page.

use crate::app::store::{Store, use_store};
use crate::present::{format, lab};
use crate::protocol::{ObjectId, Training, TrainingId};
use leptos::prelude::*;
use std::sync::Arc;

/// The reader's choice; copies share it.
#[derive(Clone, Copy)]
pub struct Which {
    pub model: RwSignal<ObjectId>,
    /// Empty for the latest.
    version: RwSignal<String>,
    /// Row of the test part.
    pub row: RwSignal<u32>,
}

impl Which {
    pub fn new() -> Self {
        Self {
            model: RwSignal::new(ObjectId::ContinuousModel),
            version: RwSignal::new(String::new()),
            row: RwSignal::new(0),
        }
    }

    /// The chosen version, once there is one.
    pub fn training(self, store: Store) -> Memo<Option<Arc<Training>>> {
        Memo::new(move |_| {
            let (model, version) = (self.model.get(), self.version.get());
            store.select_now(|state| state.lab.find(model, &version))
        })
    }

    pub fn id(self, store: Store) -> Memo<Option<TrainingId>> {
        let training = self.training(store);
        Memo::new(move |_| training.get().map(|training| lab::id(&training)))
    }

    pub fn choose(self, model: ObjectId) {
        self.model.set(model);
        self.version.set(String::new());
        self.row.set(0);
    }
}

/// The models as buttons.
#[component]
pub fn ModelChoice(which: Which) -> impl IntoView {
    let button = move |model: ObjectId| {
        let pressed = move || (which.model.get() == model).to_string();
        view! {
            <button type="button" class="quiet" aria-pressed=pressed on:click=move |_| which.choose(model)>
                <code>{model.name()}</code>
            </button>
        }
    };
    view! {
        <div class="choice" role="group" aria-label="Model">
            {[ObjectId::ColdstartModel, ObjectId::ContinuousModel].map(button).collect_view()}
        </div>
    }
}

/// Model, version, and where it matters the customer.
#[component]
pub fn WhichVersion(which: Which, n_rows: Signal<u32>, #[prop(into)] customer: Signal<String>) -> impl IntoView {
    let store = use_store();
    let training = which.training(store);
    let versions = store.select(move |state| state.lab.trainings.clone());
    let option = move |version: Arc<Training>| {
        let (name, label) = (version.version.clone(), format!("{}, {}", version.version, version.engine));
        let chosen = name.clone();
        let selected = move || training.get().is_some_and(|training| training.version == chosen);
        view! { <option value=name selected=selected>{label}</option> }
    };
    let of_model = move || {
        let model = which.model.get();
        versions.get().into_iter().filter(|version| version.model == model).map(option).collect_view()
    };
    let step = move |by: i64| {
        let last = i64::from(n_rows.get_untracked()) - 1;
        which.row.update(|row| *row = (i64::from(*row) + by).clamp(0, last.max(0)) as u32);
    };
    view! {
        <div class="which">
            <ModelChoice which=which/>
            <label>"Version" <select on:change=move |event| which.version.set(event_target_value(&event))>{of_model}</select></label>
            <span class="choice" role="group" aria-label="Customer of the test part">
                <button type="button" class="quiet" disabled=move || which.row.get() == 0 on:click=move |_| step(-1)>"Previous"</button>
                <button type="button" class="quiet" disabled=move || which.row.get() + 1 >= n_rows.get() on:click=move |_| step(1)>"Next"</button>
                <button type="button" class="quiet" on:click=move |_| step(i64::from(n_rows.get_untracked()) / 7 + 1)>"Another"</button>
            </span>
            <span class="quiet-line">{move || format!(
                "Customer {}, {} of {} in the test part", customer.get(),
                format::count(u64::from(which.row.get()) + 1), format::count(n_rows.get().into())
            )}</span>
        </div>
    }
}
