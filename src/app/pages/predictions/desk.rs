//! What the parts of live predictions share: the simulation as it stands, what the reader chose, the ticker that asks the clock to go on, and the
//! questions that follow from both. What is asked is decided in `present::live`; here it is only sent, and not too often.

use crate::app::clock::{after, now_ms};
use crate::app::components::{ChartFigure, Fields, GrowingTable, MetricCard, Used};
use crate::app::memo::Memo;
use crate::app::store::Store;
use crate::present::charts::{Chart, ChartTable};
use crate::present::fields::Field;
use crate::present::live::{self, Choice, Figure, Pace, Speed};
use crate::present::route::Section;
use crate::protocol::{Command, LiveRequest, LiveState};
use gloo::timers::callback::Interval;
use leptos::prelude::*;
use std::sync::Arc;

const TICK_MS: u32 = 100;
/// What is read, unlike the clock and the graph, changes no more often than this.
const CALM_MS: f64 = 700.0;
/// Rows that are looked at follow the clock at most twice a second.
const FOLLOW_MS: f64 = 500.0;
/// They follow a slider that is being dragged more closely.
const LOOK_MS: f64 = 120.0;
/// The reached speed stands so long, so that it can be read.
const REACHED_MS: f64 = 4_000.0;

/// Does something at most every so often; what is wanted meanwhile is done once, when the time has passed.
#[derive(Clone, Copy)]
struct Throttle {
    every_ms: f64,
    last_ms: StoredValue<f64>,
    waits: StoredValue<bool>,
}

impl Throttle {
    fn new(every_ms: f64) -> Self {
        Self { every_ms, last_ms: StoredValue::new(f64::NEG_INFINITY), waits: StoredValue::new(false) }
    }

    fn run(self, work: impl Fn() + 'static) {
        if self.waits.get_value() {
            return;
        }
        let wait_ms = self.last_ms.get_value() + self.every_ms - now_ms();
        if wait_ms <= 0.0 {
            self.last_ms.set_value(now_ms());
            return work();
        }
        self.waits.set_value(true);
        after(wait_ms.ceil() as u32, move || {
            // Refused when the page has been left meanwhile.
            if self.waits.try_set_value(false).is_none() {
                self.last_ms.set_value(now_ms());
                work();
            }
        });
    }
}

/// Handle of what is shared; copies share it.
#[derive(Clone, Copy)]
pub struct Desk {
    pub store: Store,
    /// As it stands, up to ten times a second: for the clock and the graph.
    pub state: Memo<Option<Arc<LiveState>>>,
    /// The same for whatever is read.
    pub calm: RwSignal<Option<Arc<LiveState>>>,
    pub choice: RwSignal<Choice>,
    pace: StoredValue<Pace>,
    ticker: StoredValue<Option<Interval>, LocalStorage>,
    /// Answers that had come when the simulation was told something last.
    told: StoredValue<Option<u32>>,
    follow: Throttle,
    look: Throttle,
    measure: Throttle,
}

impl Desk {
    pub fn new(store: Store, section: Memo<Option<Section>>) -> Self {
        let state = store.select(|state| state.live.state.clone());
        let desk = Self {
            store,
            state,
            calm: RwSignal::new(state.get_untracked()),
            choice: RwSignal::new(Choice::default()),
            pace: StoredValue::new(Pace::default()),
            ticker: StoredValue::new_local(None),
            told: StoredValue::new(None),
            follow: Throttle::new(FOLLOW_MS),
            look: Throttle::new(LOOK_MS),
            measure: Throttle::new(REACHED_MS),
        };
        desk.keep_calm();
        desk.begin_when_shown(section);
        desk.tick_while_playing(section);
        desk.look_where_asked(section);
        desk.ask_for_outcome(section);
        desk
    }

    fn keep_calm(self) {
        let calm = Throttle::new(CALM_MS);
        Effect::new(move || {
            self.state.track();
            calm.run(move || {
                let _ = self.calm.try_set(self.state.try_get_untracked().flatten());
            });
        });
    }

    fn begin_when_shown(self, section: Memo<Option<Section>>) {
        let wanted = self.store.select(live::wants_live);
        let asked = Memo::new(move |_| wanted.get() && section.get().is_some());
        Effect::new(move || {
            if asked.get() {
                self.tell(LiveRequest::Open);
            }
        });
    }

    fn tick_while_playing(self, section: Memo<Option<Section>>) {
        let speed = Memo::new(move |_| self.choice.with(|choice| choice.speed));
        let plays = Memo::new(move |_| speed.get() != Speed::Paused && section.get().is_some());
        Effect::new(move || {
            speed.track();
            self.pace.set_value(Pace::default());
        });
        Effect::new(move || {
            self.ticker.set_value(plays.get().then(|| Interval::new(TICK_MS, move || self.tick())));
        });
        on_cleanup(move || {
            let _ = self.ticker.try_set_value(None);
        });
    }

    /// Asks for the time that has passed, unless the worker is still at what it was asked for last.
    fn tick(self) {
        let Some(state) = self.state.try_get_untracked().flatten() else { return };
        let Some(choice) = self.choice.try_get_untracked() else { return };
        if state.now >= state.last {
            return self.choice.update(|choice| (choice.speed, choice.reached) = (Speed::Paused, None));
        }
        let is_free = state.going_to.is_none() && self.told.get_value() != Some(self.n_answers());
        let tick = |pace: &mut Pace| pace.tick(choice.speed, now_ms(), &state, is_free);
        if let Some(minutes) = self.pace.try_update_value(tick).flatten() {
            self.tell(LiveRequest::Advance { minutes });
        }
        let reached = self.pace.with_value(|pace| pace.held_up(choice.speed));
        if reached != choice.reached {
            self.measure.run(move || {
                let _ = self.choice.try_update(|choice| choice.reached = reached);
            });
        }
    }

    fn n_answers(self) -> u32 {
        untrack(|| self.store.select_now(|state| state.live.n_answers))
    }

    /// Rows and customer of the part Live: at once when another moment or place is chosen, less often when only the clock has gone on.
    fn look_where_asked(self, section: Memo<Option<Section>>) {
        let is_shown = Memo::new(move |_| section.get() == Some(Section::Live));
        let question = Memo::new(move |_| {
            let look = self.state.with(|state| {
                state.as_deref().map(|state| self.choice.with(|choice| (choice.look(state), choice.explain())))
            });
            look.filter(|_| is_shown.get())
        });
        let ask = move || {
            let Some((look, explain)) = question.try_get_untracked().flatten() else { return };
            look.map(LiveRequest::Look).into_iter().chain(explain).for_each(|request| self.send(request));
        };
        Effect::new(move || {
            question.track();
            self.look.run(ask);
        });
        Effect::new(move || {
            self.state.track();
            if self.choice.with_untracked(|choice| choice.at.is_none()) {
                self.follow.run(ask);
            }
        });
    }

    /// When the part is opened, and again with each simulated month.
    fn ask_for_outcome(self, section: Memo<Option<Section>>) {
        let month = Memo::new(move |_| {
            let at = self.state.with(|state| {
                state.as_deref().filter(|state| state.going_to.is_none()).map(|state| state.now.div_euclid(30 * 1_440))
            });
            at.filter(|_| section.get() == Some(Section::Outcome))
        });
        Effect::new(move || {
            if month.get().is_some() {
                self.send(LiveRequest::Outcome);
            }
        });
    }

    fn send(self, request: LiveRequest) {
        self.store.send(&Command::Live(request));
    }

    /// Sends what the worker answers with the state of the simulation.
    fn tell(self, request: LiveRequest) {
        self.told.set_value(Some(self.n_answers()));
        self.send(request);
    }

    pub fn act(self, id: &str, value: &str) {
        let live = untrack(|| self.store.select_now(|state| state.live.clone()));
        match self.choice.try_update(|choice| choice.act(&live, id, value)).flatten() {
            None => {}
            Some(request @ (LiveRequest::Measure | LiveRequest::Outcome)) => self.send(request),
            Some(request) => self.tell(request),
        }
    }

    pub fn used(self) -> Used {
        Used::new(move |(id, value): (String, String)| self.act(&id, &value))
    }

    /// Something made of the simulation and the choice, at a pace at which it can be read.
    pub fn look<T: Default>(self, what: impl FnOnce(&LiveState, &Choice) -> T) -> T {
        self.calm.with(|state| {
            state.as_deref().map_or_else(T::default, |state| self.choice.with(|choice| what(state, choice)))
        })
    }

    /// The same as a value that changes only when it differs.
    pub fn memo<T: Default + Clone + PartialEq + Send + Sync + 'static>(
        self,
        what: impl Fn(&LiveState, &Choice) -> T + Copy + Send + Sync + 'static,
    ) -> Memo<T> {
        Memo::new(move |_| self.look(what))
    }

    pub fn form(
        self,
        class: &'static str,
        what: impl Fn(&LiveState, &Choice) -> Vec<Field> + Copy + Send + Sync + 'static,
    ) -> AnyView {
        view! { <Fields fields=self.memo(what) on=self.used() class=class/> }.into_any()
    }

    pub fn table(
        self,
        caption: &str,
        what: impl Fn(&LiveState, &Choice) -> (ChartTable, Vec<Option<Field>>) + Copy + Send + Sync + 'static,
    ) -> AnyView {
        let table = self.memo(what);
        let buttons = Signal::derive(move || table.with(|(_, buttons)| buttons.clone()));
        let table = Signal::derive(move || table.with(|(table, _)| table.clone()));
        view! { <GrowingTable table=table buttons=buttons on=self.used() caption=caption/> }.into_any()
    }
}

/// Figures whose number stays and whose values change.
pub fn cards(figures: Memo<Vec<Figure>>) -> AnyView {
    let labels = Memo::new(move |_| figures.with(|figures| figures.iter().map(|of| of.label).collect::<Vec<_>>()));
    let card = move |(nth, label): (usize, &'static str)| {
        let text = move |of: fn(&Figure) -> &String| {
            Signal::derive(move || {
                figures.with(|figures| figures.get(nth).map_or(String::new(), |figure| of(figure).clone()))
            })
        };
        view! { <MetricCard label=label value=text(|figure| &figure.value) note=text(|figure| &figure.note)/> }
    };
    let all = move || labels.get().into_iter().enumerate().map(card).collect_view();
    view! { <dl class="metrics" data-size="small">{all}</dl> }.into_any()
}

pub fn chart(of: Memo<Chart>) -> AnyView {
    view! { <ChartFigure chart=of/> }.into_any()
}
