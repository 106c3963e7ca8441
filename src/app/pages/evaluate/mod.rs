//! Evaluate: how good the run's models are, a version in detail, what a campaign would earn, the registry with all versions, and two versions held against each other.

mod compare;
mod detail;
mod leakage;
mod registry;
mod repeat;
mod run;
mod session;

use crate::app::components::{ChartFigure, Fields, SectionTabs, Used};
use crate::app::memo::Memo;
use crate::app::store::{Store, use_store};
use crate::present::charts::Chart;
use crate::present::fields::Field;
use crate::present::registry::{Choice, Registry};
use crate::present::route::{Page, Section};
use leptos::prelude::*;

#[component]
pub fn Evaluate() -> impl IntoView {
    let store = use_store();
    let section = Memo::new(move |_| store.route.get().section);
    let desk = Desk::new(store, section);
    let bench = detail::Bench::new(store, section);
    view! {
        <SectionTabs page=Page::Evaluate first="By the run"/>
        {move || match section.get() {
            None => view! { <run::OfTheRun/> }.into_any(),
            Some(Section::Detail) => detail::detail(bench),
            Some(Section::Money) => detail::money(bench),
            Some(Section::Repeat) => repeat::repeat(bench),
            Some(Section::Leakage) => leakage::leakage(bench),
            Some(Section::Registry) => registry::registry(desk),
            Some(Section::Compare) => compare::compare(desk),
            Some(_) => ().into_any(),
        }}
    }
}

/// What the parts of the page share: what the worker told of versions, and what the reader chose.
#[derive(Clone, Copy)]
struct Desk {
    store: Store,
    registry: Memo<Registry>,
    choice: RwSignal<Choice>,
}

impl Desk {
    /// Asks the worker whatever the part of the page that is shown needs to know, and again when versions change.
    fn new(store: Store, section: Memo<Option<Section>>) -> Self {
        let registry = store.select(|state| state.registry.clone());
        let desk = Self { store, registry, choice: RwSignal::new(Choice::default()) };
        let question = Memo::new(move |_| {
            let question = desk.look(|registry, choice| choice.question(registry, section.get()));
            question.map(|question| (question, registry.with(|registry| registry.view.clone())))
        });
        Effect::new(move || question.with(|asked| asked.iter().for_each(|(question, _)| store.send(question))));
        desk
    }

    /// Something made of both, made again when one of them changes.
    fn look<T>(self, what: impl FnOnce(&Registry, &Choice) -> T) -> T {
        self.registry.with(|registry| self.choice.with(|choice| what(registry, choice)))
    }

    fn act(self, id: &str, value: &str) {
        let asked =
            self.registry.with_untracked(|registry| self.choice.try_update(|choice| choice.act(registry, id, value)));
        asked.flatten().iter().for_each(|command| self.store.send(command));
    }

    fn used(self) -> Used {
        Used::new(move |(id, value): (String, String)| self.act(&id, &value))
    }

    fn form(self, class: &'static str, what: fn(&Registry, &Choice) -> Vec<Field>) -> AnyView {
        view! { <Fields fields=Signal::derive(move || self.look(what)) on=self.used() class=class/> }.into_any()
    }

    /// Buttons, and below them why some cannot be pressed.
    fn buttons(self, what: fn(&Registry, &Choice) -> Vec<Field>) -> AnyView {
        let reasons = move || {
            let mut reasons: Vec<String> = self.look(what).into_iter().map(|field| field.note).collect();
            reasons.retain(|reason| !reason.is_empty());
            reasons.dedup();
            reasons.join(" ")
        };
        view! {
            {self.form("controls", what)}
            <p class="quiet-line">{reasons}</p>
        }
        .into_any()
    }

    fn words(self, what: fn(&Registry, &Choice) -> String) -> Signal<String> {
        Signal::derive(move || self.look(what))
    }

    fn chart(self, what: impl Fn(&Registry, &Choice) -> Chart + Copy + Send + Sync + 'static) -> AnyView {
        view! { <ChartFigure chart=Signal::derive(move || self.look(what))/> }.into_any()
    }
}
