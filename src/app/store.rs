//! The store: the folded state as signals, and what the reader can ask for. Written only by `apply`. Deliberately no state of
//! single components.

use crate::app::clock::now_ms;
use crate::app::memo::Memo;
use crate::app::own_files::OwnFiles;
use crate::app::theme::ThemeChoice;
use crate::app::worker_link::WorkerLink;
use crate::app::{document_root, long_tasks};
use crate::present::recipe::Recipe;
use crate::present::route::Route;
use crate::present::state::{AppState, News, Severity};
use crate::present::{Progress, generator};
use crate::protocol::{
    Command, Event, GeneratorInfo, MainThread, ObjectId, RunConfig, RunEstimate, TableQuery, TableRequest,
};
use js_sys::{JSON, Object, Reflect};
use leptos::prelude::*;
use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use wasm_bindgen::JsValue;

/// Main-thread time for one batch of news.
const BATCH_MS: f64 = 8.0;

/// Text in a field that is no value of its setting.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unfit {
    pub text: String,
    /// Why it does not fit.
    pub problem: String,
}

/// Handle of the store; copies share it.
#[derive(Clone, Copy)]
pub struct Store {
    state: RwSignal<AppState>,
    /// What the next run will depend on.
    pub settings: RwSignal<RunConfig>,
    /// What was typed and does not fit, by field; it stays when the reader goes to another page and comes back.
    pub unfit: RwSignal<BTreeMap<String, Unfit>>,
    pub route: RwSignal<Route>,
    pub theme: ThemeChoice,
    /// The visitor's own files.
    pub own: OwnFiles,
    link: StoredValue<WorkerLink, LocalStorage>,
    n_requests: StoredValue<u32>,
    /// What the link asked for, for links made from here.
    opened_with: StoredValue<Recipe>,
}

/// The store of the page.
pub fn use_store() -> Store {
    expect_context::<Store>()
}

impl Store {
    /// Reads the address and starts the worker.
    pub fn open() -> Self {
        let recipe = Recipe::parse(&document_root::query());
        let (route, lost) = Route::parse(&document_root::fragment());
        let state = RwSignal::new(AppState::default());
        let link = WorkerLink::open(move |queue| deliver(state, queue));
        let notices = recipe.notices.iter().cloned().chain(lost);
        for notice in notices {
            link.tell(News::Notice(Severity::Problem, notice));
        }
        let store = Self {
            state,
            settings: RwSignal::new(recipe.config.clone()),
            unfit: RwSignal::new(BTreeMap::new()),
            route: RwSignal::new(route),
            theme: ThemeChoice::new(recipe.theme),
            own: OwnFiles::new(),
            link: StoredValue::new_local(link),
            n_requests: StoredValue::new(0),
            opened_with: StoredValue::new(recipe),
        };
        store.keep_estimating();
        store.start_when_asked();
        store
    }

    /// A slice of the state that changes only when it really differs.
    pub fn select<T>(self, slice: impl Fn(&AppState) -> T + Send + Sync + 'static) -> Memo<T>
    where
        T: PartialEq + Send + Sync + 'static,
    {
        Memo::new(move |_| self.state.with(&slice))
    }

    /// A look at the state that whoever calls it follows.
    pub fn select_now<T>(self, slice: impl FnOnce(&AppState) -> T) -> T {
        self.state.with(slice)
    }

    /// How far an object is, seen from the present settings.
    pub fn progress(self, object: ObjectId) -> Memo<Progress> {
        Memo::new(move |_| self.state.with(|state| self.settings.with(|settings| state.progress(object, settings))))
    }

    /// Tells the reader something.
    pub fn notify(self, severity: Severity, text: &str) {
        self.tell(News::Notice(severity, text.to_owned()));
    }

    pub fn tell(self, news: News) {
        self.link.with_value(|link| link.tell(news));
    }

    /// What the generator can be told, once the worker has said it.
    pub fn generator(self) -> Memo<Option<Arc<GeneratorInfo>>> {
        self.select(|state| state.generator.clone())
    }

    /// The report of the last run as JSON.
    pub fn report_text(self) -> Memo<Option<String>> {
        let parts = self.select(|state| Some((state.report_text.clone()?, state.report.as_ref()?.main_thread?)));
        Memo::new(move |_| {
            parts.with(|parts| parts.as_ref().and_then(|(text, measured)| with_main_thread(text, *measured)))
        })
    }

    /// What a run with the present settings will take, or would have taken with those before the last change.
    pub fn estimate(self) -> Memo<Option<RunEstimate>> {
        self.select(|state| state.estimate.as_ref().map(|known| known.1.clone()))
    }

    /// Has every change of the settings reckoned, and every end of a run.
    fn keep_estimating(self) {
        let ended = self.select(|state| (state.worker_ready, state.run));
        Effect::new(move || {
            let settings = self.settings.get();
            if ended.get().0 {
                self.send(&Command::Estimate(settings));
            }
        });
    }

    /// Starts the pipeline with the present settings.
    pub fn run(self) {
        let settings = self.settings.get_untracked();
        // At once, so that nobody takes the state of an earlier run for the answer.
        self.state.update(|state| state.apply(News::RunAsked));
        // Answered first: a large run is warned of before it begins.
        self.send(&Command::Estimate(settings.clone()));
        self.send(&Command::Run(settings));
    }

    pub fn send(self, command: &Command) {
        self.link.with_value(|link| link.send(command));
    }

    /// Asks the worker a question whenever its answer is wanted; the worker hears a repeated question once.
    pub fn ask_when(self, wanted: impl Fn(&AppState) -> bool + Send + Sync + 'static, question: Command) {
        let wanted = self.select(wanted);
        Effect::new(move || {
            if wanted.get() {
                self.send(&question);
            }
        });
    }

    /// Hands the tables that were read to the worker; runs begin with them from now on.
    pub fn use_own_tables(self, horizon_days: u32) {
        for part in self.own.take_parts() {
            self.link.with_value(|link| link.post_encoded(&part));
        }
        self.send(&Command::UseOwnData { horizon_days });
    }

    /// Asks for some of the rows that a query finds in a table.
    pub fn request_rows(self, table: ObjectId, query: TableQuery, offset: u64, limit: u32) {
        self.n_requests.update_value(|n| *n += 1);
        let request = self.n_requests.get_value();
        self.send(&Command::Page(TableRequest { request, table, query, offset, limit }));
    }

    /// New settings, also in the address.
    pub fn change_settings(self, change: impl FnOnce(&mut RunConfig)) {
        self.settings.update(change);
        document_root::show_in_address(&self.recipe());
    }

    /// The recipe of what is on the screen.
    pub fn recipe(self) -> Recipe {
        let opened = self.opened_with.get_value();
        Recipe { config: self.settings.get_untracked(), notices: Vec::new(), ..opened }
    }

    /// Follows the address.
    pub fn follow_fragment(self) {
        let (route, lost) = Route::parse(&document_root::fragment());
        self.route.set(route);
        if let Some(sentence) = lost {
            self.notify(Severity::Problem, &sentence);
        }
    }

    /// Settings of the link that the generator does not know are replaced and told.
    fn admit_link(self, info: &GeneratorInfo) {
        let mut settings = self.settings.get_untracked();
        for notice in generator::admit(info, &mut settings) {
            self.notify(Severity::Problem, &notice);
        }
        if self.settings.with_untracked(|now| *now != settings) {
            self.settings.set(settings);
        }
    }

    fn start_when_asked(self) {
        let ready = self.select(|state| state.worker_ready);
        let generator = self.generator();
        let wanted = StoredValue::new(self.opened_with.with_value(|recipe| recipe.starts));
        Effect::new(move || {
            let Some(info) = generator.get() else { return };
            self.admit_link(&info);
            if ready.get() && wanted.get_value() {
                wanted.set_value(false);
                self.run();
            }
        });
    }
}

/// Folds news until the time of a batch is used up.
fn deliver(state: RwSignal<AppState>, queue: &mut VecDeque<News>) {
    let end_ms = now_ms() + BATCH_MS;
    state.update(|state| {
        while let Some(mut news) = queue.pop_front() {
            if let News::Worker(Event::RunFinished { report, .. }) = &mut news {
                report.main_thread = Some(MainThread { longest_task_ms: long_tasks::longest_ms() });
            }
            state.apply(news);
            if now_ms() > end_ms {
                break;
            }
        }
    });
}

/// The report with what only the page measures. The browser writes JSON anyway.
fn with_main_thread(text: &str, measured: MainThread) -> Option<String> {
    let report = JSON::parse(text).ok()?;
    let main_thread = Object::new();
    Reflect::set(&main_thread, &"longest_task_ms".into(), &measured.longest_task_ms.into()).ok()?;
    Reflect::set(&report, &"main_thread".into(), &main_thread).ok()?;
    JSON::stringify_with_replacer_and_space(&report, &JsValue::NULL, &2.into()).ok().map(String::from)
}
