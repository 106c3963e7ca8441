//! Routes in the URL's fragment: a page, and below it perhaps an object. Deliberately no history and no browser.

use crate::protocol::{Kind, ObjectId};

/// The pages, in the order of the data's flow.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Page {
    #[default]
    Overview,
    Data,
    Features,
    Train,
    Evaluate,
    Predictions,
    Export,
}

impl Page {
    pub const ALL: [Page; 7] =
        [Self::Overview, Self::Data, Self::Features, Self::Train, Self::Evaluate, Self::Predictions, Self::Export];

    /// The word in the fragment.
    pub fn slug(self) -> &'static str {
        match self {
            Self::Overview => "overview",
            Self::Data => "data",
            Self::Features => "features",
            Self::Train => "train",
            Self::Evaluate => "evaluate",
            Self::Predictions => "predictions",
            Self::Export => "export",
        }
    }

    /// The name in the navigation.
    pub fn label(self) -> &'static str {
        match self {
            Self::Overview => "Overview",
            Self::Data => "Data",
            Self::Features => "Features",
            Self::Train => "Train",
            Self::Evaluate => "Evaluate",
            Self::Predictions => "Predictions",
            Self::Export => "Export",
        }
    }

    /// The page that shows an object.
    pub fn of(object: ObjectId) -> Self {
        match object.kind() {
            Kind::Generator | Kind::RawTable => Self::Data,
            Kind::FeatureStore | Kind::FeatureView => Self::Features,
            Kind::TrainingData => Self::Train,
            Kind::Model | Kind::Registry => Self::Evaluate,
            Kind::Predictions => Self::Predictions,
        }
    }

    /// The objects that have a place of their own on the page.
    pub fn objects(self) -> impl Iterator<Item = ObjectId> {
        ObjectId::ALL
            .iter()
            .copied()
            .filter(move |object| Self::of(*object) == self && object.kind() != Kind::Generator)
    }
}

/// A place on a page that belongs to no single object.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Section {
    /// The parameters of the generator.
    Generator,
    /// What must be true of the data.
    Checks,
    /// The reader's own data.
    OwnData,
    /// One customer's life, and the features as of any day of it.
    Timeline,
    /// Drift between training and serving, and expectations.
    Health,
    /// Features of the reader's own.
    Editor,
    /// Changed views beside the catalogue's, and the snapshots to train on.
    Versions,
    /// The search for a model's parameters.
    Search,
    /// Other versions of a model, trained or imported.
    Trainings,
    /// Boosting tree by tree.
    Rounds,
    /// One prediction with other inputs, and what an input does.
    Explain,
    /// A version on the test customers in detail.
    Detail,
    /// What contacting the best customers would earn.
    Money,
    /// The classical model of repeat buying.
    Repeat,
    /// Training sets with something wrong in them.
    Leakage,
    /// The versions of the models: aliases, cards, history, and the file that holds them.
    Registry,
    /// Two versions held against each other.
    Compare,
    /// Predictions that are kept fresh while a simulated clock goes.
    Live,
    /// What goes wrong with them, on purpose.
    Faults,
    /// What was predicted beside what has happened since.
    Outcome,
}

impl Section {
    pub const ALL: [Section; 20] = [
        Self::Generator,
        Self::Checks,
        Self::OwnData,
        Self::Timeline,
        Self::Health,
        Self::Editor,
        Self::Versions,
        Self::Search,
        Self::Trainings,
        Self::Rounds,
        Self::Explain,
        Self::Detail,
        Self::Money,
        Self::Repeat,
        Self::Leakage,
        Self::Registry,
        Self::Compare,
        Self::Live,
        Self::Faults,
        Self::Outcome,
    ];

    /// The page it is on.
    pub fn page(self) -> Page {
        match self {
            Self::Generator | Self::Checks | Self::OwnData => Page::Data,
            Self::Timeline | Self::Health | Self::Editor | Self::Versions => Page::Features,
            Self::Search | Self::Trainings | Self::Rounds | Self::Explain => Page::Train,
            Self::Detail | Self::Money | Self::Repeat | Self::Leakage | Self::Registry | Self::Compare => {
                Page::Evaluate
            }
            Self::Live | Self::Faults | Self::Outcome => Page::Predictions,
        }
    }

    /// The word in the fragment.
    pub fn slug(self) -> &'static str {
        match self {
            Self::Generator => "generator",
            Self::Checks => "checks",
            Self::OwnData => "own-data",
            Self::Timeline => "timeline",
            Self::Health => "health",
            Self::Editor => "editor",
            Self::Versions => "versions",
            Self::Search => "search",
            Self::Trainings => "trainings",
            Self::Rounds => "rounds",
            Self::Explain => "explain",
            Self::Detail => "detail",
            Self::Money => "money",
            Self::Repeat => "repeat-buying",
            Self::Leakage => "leakage",
            Self::Registry => "registry",
            Self::Compare => "compare",
            Self::Live => "live",
            Self::Faults => "break-it",
            Self::Outcome => "outcome",
        }
    }

    /// The name in the navigation.
    pub fn label(self) -> &'static str {
        match self {
            Self::Generator => "Generator",
            Self::Checks => "Truth checks",
            Self::OwnData => "Own data",
            Self::Timeline => "Timeline",
            Self::Health => "Drift and expectations",
            Self::Editor => "Own features",
            Self::Versions => "Versions",
            Self::Search => "Search",
            Self::Trainings => "Train a version",
            Self::Rounds => "Slow motion",
            Self::Explain => "What if",
            Self::Detail => "In detail",
            Self::Money => "Money",
            Self::Repeat => "Repeat buying",
            Self::Leakage => "Leakage lab",
            Self::Registry => "Registry",
            Self::Compare => "Compare versions",
            Self::Live => "Live",
            Self::Faults => "Break it",
            Self::Outcome => "What happened",
        }
    }
}

/// Where the reader is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Route {
    pub page: Page,
    pub object: Option<ObjectId>,
    /// Never together with an object.
    pub section: Option<Section>,
}

impl Route {
    /// The page itself.
    pub fn to(page: Page) -> Self {
        Self { page, object: None, section: None }
    }

    /// A place on a page.
    pub fn to_section(section: Section) -> Self {
        Self { page: section.page(), object: None, section: Some(section) }
    }

    /// The place that shows an object.
    pub fn to_object(object: ObjectId) -> Self {
        let page = Page::of(object);
        Self { object: page.objects().any(|o| o == object).then_some(object), ..Self::to(page) }
    }

    /// The fragment, with its `#`.
    pub fn href(self) -> String {
        match self.object.map(ObjectId::name).or(self.section.map(Section::slug)) {
            Some(below) => format!("#/{}/{below}", self.page.slug()),
            None => format!("#/{}", self.page.slug()),
        }
    }

    /// The route of a fragment, and a sentence when the fragment names nothing. The empty fragment is the overview.
    pub fn parse(fragment: &str) -> (Self, Option<String>) {
        let path = fragment.trim_start_matches('#').trim_matches('/');
        if path.is_empty() {
            return (Self::default(), None);
        }
        let (slug, rest) = path.split_once('/').unwrap_or((path, ""));
        let Some(page) = Page::ALL.into_iter().find(|page| page.slug() == slug) else {
            return (Self::default(), Some(format!("There is no page “{}”; this is the overview.", shown(slug))));
        };
        if rest.is_empty() {
            return (Self::to(page), None);
        }
        let sections = Section::ALL.into_iter().filter(|section| section.page() == page);
        if let Some(section) = sections.into_iter().find(|section| section.slug() == rest) {
            return (Self::to_section(section), None);
        }
        match page.objects().find(|object| object.name() == rest) {
            Some(object) => (Self { object: Some(object), ..Self::to(page) }, None),
            None => (
                Self::to(page),
                Some(format!("There is no “{}” on the page {}; this is the page itself.", shown(rest), page.label())),
            ),
        }
    }
}

/// A stranger's text, short enough for a sentence.
fn shown(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).take(40).collect()
}

#[cfg(test)]
mod tests {
    use super::{Page, Route, Section};
    use crate::protocol::ObjectId;

    #[test]
    fn every_section_has_a_route_that_reads_back() {
        for section in Section::ALL {
            let route = Route::to_section(section);
            assert_eq!(Route::parse(&route.href()), (route, None));
        }
    }

    #[test]
    fn every_object_has_a_route_that_reads_back() {
        for object in ObjectId::ALL {
            let route = Route::to_object(*object);
            assert_eq!(Route::parse(&route.href()), (route, None), "{}", object.name());
        }
        assert_eq!(Route::to_object(ObjectId::RfmFeatures).href(), "#/features/RFM_FEATURES");
        assert_eq!(Route::to_object(ObjectId::GenerateContinuous).href(), "#/data");
    }

    #[test]
    fn an_unknown_fragment_leads_to_the_overview_with_a_sentence() {
        let (route, notice) = Route::parse("#/nowhere/at/all");
        assert_eq!(route, Route::to(Page::Overview));
        assert!(notice.unwrap().contains("nowhere"));
        let (route, notice) = Route::parse("#/data/RFM_FEATURES");
        assert_eq!(route, Route::to(Page::Data));
        assert!(notice.is_some());
    }

    #[test]
    fn the_empty_fragment_is_the_overview_without_a_sentence() {
        for fragment in ["", "#", "#/"] {
            assert_eq!(Route::parse(fragment), (Route::to(Page::Overview), None));
        }
    }
}
