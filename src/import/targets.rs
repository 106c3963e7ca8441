//! The columns that the pipeline reads of each own table: what they are called elsewhere, what may stand in them, what is taken
//! when there is none. Which categories have a meaning of their own is decided here: features name levels of EVENT_TYPE and
//! ACQUISITION_CHANNEL only, so every other category keeps the file's own levels.

use crate::engine::schema::{TableSchema, levels, tables};
use crate::protocol::{OwnTable, TargetColumn};

/// A column to be filled.
pub struct Target {
    pub name: &'static str,
    pub kind: Kind,
    /// What is taken without a column; `None` = there must be one.
    pub otherwise: Option<&'static str>,
    /// Names in other people's files, normalised.
    pub names: &'static [&'static str],
}

/// What a value may be.
#[derive(Clone, Copy)]
pub enum Kind {
    Customer,
    Day,
    /// A positive amount.
    Purchase,
    /// An amount of zero or more; an empty one is zero.
    Spend,
    /// A whole number within bounds; an empty one is the default.
    Count {
        low: i64,
        high: i64,
        default: i64,
    },
    /// A whole number, or nothing.
    OptionalCount,
    OptionalDay,
    /// An amount, or nothing.
    OptionalSpend,
    Category(&'static Vocabulary),
    OptionalCategory(&'static Vocabulary),
}

/// Levels and their other names.
pub struct Vocabulary {
    pub levels: &'static [&'static str],
    /// Features name single levels.
    pub has_meaning: bool,
    /// Normalised spelling, level.
    pub spellings: &'static [(&'static str, &'static str)],
}

impl Vocabulary {
    /// Our level behind somebody's spelling.
    pub fn level_of(&self, text: &str) -> Option<&'static str> {
        if let Some(level) = self.levels.iter().find(|level| **level == text) {
            return Some(level);
        }
        let plain = normalised(text);
        let own = self.levels.iter().find(|level| normalised(level) == plain).copied();
        own.or_else(|| self.spellings.iter().find(|(spelling, _)| *spelling == plain).map(|(_, level)| *level))
    }
}

/// Lower-case letters and digits only.
pub fn normalised(text: &str) -> String {
    text.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

const fn open(levels: &'static [&'static str]) -> Vocabulary {
    Vocabulary { levels, has_meaning: false, spellings: &[] }
}

static EVENT_TYPE: Vocabulary = Vocabulary {
    levels: levels::EVENT_TYPE,
    has_meaning: true,
    spellings: &[
        ("visit", "website_visit"),
        ("pageview", "website_visit"),
        ("pagevisit", "website_visit"),
        ("session", "website_visit"),
        ("sessionstart", "website_visit"),
        ("webvisit", "website_visit"),
        ("besuch", "website_visit"),
        ("emailopened", "email_open"),
        ("open", "email_open"),
        ("opened", "email_open"),
        ("mailopen", "email_open"),
        ("emailclicked", "email_click"),
        ("click", "email_click"),
        ("clicked", "email_click"),
        ("mailclick", "email_click"),
        ("ticket", "support_ticket"),
        ("support", "support_ticket"),
        ("complaint", "support_ticket"),
        ("view", "product_view"),
        ("viewitem", "product_view"),
        ("itemview", "product_view"),
        ("detail", "product_view"),
        ("cart", "cart_add"),
        ("addtocart", "cart_add"),
        ("addcart", "cart_add"),
        ("basketadd", "cart_add"),
        ("addtobasket", "cart_add"),
        ("warenkorb", "cart_add"),
    ],
};
static ACQUISITION_CHANNEL: Vocabulary = Vocabulary {
    levels: levels::ACQUISITION_CHANNEL,
    has_meaning: true,
    spellings: &[
        ("organic", "organic_search"),
        ("seo", "organic_search"),
        ("paid", "paid_search"),
        ("sem", "paid_search"),
        ("ppc", "paid_search"),
        ("cpc", "paid_search"),
        ("adwords", "paid_search"),
        ("googleads", "paid_search"),
        ("social", "social_media"),
        ("socialmedia", "social_media"),
        ("newsletter", "email"),
        ("emailmarketing", "email"),
        ("none", "direct"),
        ("typein", "direct"),
        ("friend", "referral"),
        ("partner", "affiliate"),
        ("affiliates", "affiliate"),
    ],
};
static ACQUISITION_SOURCE: Vocabulary = open(levels::ACQUISITION_SOURCE);
static DEVICE_TYPE: Vocabulary = open(levels::DEVICE_TYPE);
static AGE_GROUP: Vocabulary = open(levels::AGE_GROUP);
static REGION: Vocabulary = open(levels::REGION);
static AREA_TYPE: Vocabulary = open(levels::AREA_TYPE);
static FIRST_PURCHASE_CATEGORY: Vocabulary = open(levels::FIRST_PURCHASE_CATEGORY);
static PRODUCT_CATEGORY: Vocabulary = open(levels::PRODUCT_CATEGORY);
static SEGMENT: Vocabulary = open(levels::SEGMENT);

const UNKNOWN: Option<&str> = Some("unknown");
const ZERO: Option<&str> = Some("0");
const NOTHING: Option<&str> = Some("null");
const COUNT: Kind = Kind::Count { low: 0, high: 1_000_000_000, default: 0 };

const CUSTOMER: Target = Target {
    name: "CUSTOMER_ID",
    kind: Kind::Customer,
    otherwise: None,
    names: &[
        "customer",
        "customerno",
        "customernumber",
        "custid",
        "client",
        "clientid",
        "user",
        "userid",
        "visitorid",
        "memberid",
        "member",
        "accountid",
        "account",
        "buyerid",
        "personid",
        "contactid",
        "cid",
        "kunde",
        "kundenid",
        "kundennummer",
        "kundennr",
        "email",
    ],
};
const SIGNUP_NAMES: &[&str] = &[
    "signup",
    "signupat",
    "registrationdate",
    "registered",
    "registeredat",
    "createdat",
    "created",
    "createdon",
    "joindate",
    "joined",
    "customersince",
    "firstseen",
    "startdate",
    "anmeldedatum",
    "registrierungsdatum",
    "kundeseit",
    "date",
];

const fn category(name: &'static str, of: &'static Vocabulary, names: &'static [&'static str]) -> Target {
    Target { name, kind: Kind::Category(of), otherwise: UNKNOWN, names }
}

const fn count(name: &'static str, names: &'static [&'static str]) -> Target {
    Target { name, kind: COUNT, otherwise: ZERO, names }
}

const AGE: Target = category("AGE_GROUP", &AGE_GROUP, &["age", "agerange", "ageband", "alter", "altersgruppe"]);
const PLACE: Target = category(
    "REGION",
    &REGION,
    &["state", "country", "market", "territory", "land", "bundesland", "area", "province", "city"],
);

static TRANSACTIONS: [Target; 5] = [
    CUSTOMER,
    Target {
        name: "TRANSACTION_DATE",
        kind: Kind::Day,
        otherwise: None,
        names: &[
            "date",
            "orderdate",
            "orderedat",
            "ordertime",
            "invoicedate",
            "purchasedate",
            "purchasedat",
            "saledate",
            "timestamp",
            "time",
            "datetime",
            "day",
            "createdat",
            "created",
            "orderpurchasetimestamp",
            "paymentdate",
            "bookingdate",
            "datum",
            "bestelldatum",
            "kaufdatum",
            "rechnungsdatum",
            "buchungsdatum",
        ],
    },
    Target {
        name: "AMOUNT",
        kind: Kind::Purchase,
        otherwise: None,
        names: &[
            "total",
            "revenue",
            "value",
            "sales",
            "price",
            "totalamount",
            "totalprice",
            "totalvalue",
            "orderamount",
            "ordertotal",
            "ordervalue",
            "grandtotal",
            "netamount",
            "grossamount",
            "paymentvalue",
            "payment",
            "spend",
            "turnover",
            "sum",
            "amountusd",
            "amounteur",
            "betrag",
            "umsatz",
            "summe",
            "preis",
            "gesamt",
            "gesamtbetrag",
            "rechnungsbetrag",
            "wert",
        ],
    },
    Target {
        name: "PRODUCT_CATEGORY",
        kind: Kind::Category(&PRODUCT_CATEGORY),
        otherwise: UNKNOWN,
        names: &[
            "category",
            "productcategoryname",
            "productgroup",
            "producttype",
            "department",
            "itemcategory",
            "kategorie",
            "warengruppe",
            "produktkategorie",
            "product",
            "item",
        ],
    },
    Target {
        name: "QUANTITY",
        kind: Kind::Count { low: 1, high: 1_000_000, default: 1 },
        otherwise: Some("1"),
        names: &[
            "qty",
            "items",
            "units",
            "count",
            "numberofitems",
            "itemcount",
            "quantityordered",
            "menge",
            "anzahl",
            "stück",
        ],
    },
];

static INTERACTIONS: [Target; 3] = [
    CUSTOMER,
    Target {
        name: "EVENT_DATE",
        kind: Kind::Day,
        otherwise: None,
        names: &[
            "date",
            "eventtime",
            "eventtimestamp",
            "timestamp",
            "time",
            "datetime",
            "day",
            "occurredat",
            "createdat",
            "datum",
            "zeitpunkt",
        ],
    },
    Target {
        name: "EVENT_TYPE",
        kind: Kind::Category(&EVENT_TYPE),
        otherwise: UNKNOWN,
        names: &[
            "event",
            "eventname",
            "type",
            "action",
            "interaction",
            "interactiontype",
            "activity",
            "ereignis",
            "aktion",
        ],
    },
];

static CUSTOMERS: [Target; 5] = [
    CUSTOMER,
    Target { name: "SIGNUP_DATE", kind: Kind::OptionalDay, otherwise: Some("first purchase"), names: SIGNUP_NAMES },
    AGE,
    PLACE,
    category("SEGMENT", &SEGMENT, &["customersegment", "tier", "class", "group", "kundensegment", "kundengruppe"]),
];

static COLDSTART: [Target; 18] = [
    CUSTOMER,
    Target { name: "SIGNUP_DATE", kind: Kind::Day, otherwise: None, names: SIGNUP_NAMES },
    category("ACQUISITION_CHANNEL", &ACQUISITION_CHANNEL, &["channel", "marketingchannel", "medium", "kanal"]),
    category("ACQUISITION_SOURCE", &ACQUISITION_SOURCE, &["source", "utmsource", "origin", "quelle", "herkunft"]),
    category("DEVICE_TYPE", &DEVICE_TYPE, &["device", "platform", "gerät"]),
    AGE,
    PLACE,
    category("AREA_TYPE", &AREA_TYPE, &["urbanity", "locationtype"]),
    Target {
        name: "DAYS_TO_FIRST_PURCHASE",
        kind: Kind::OptionalCount,
        otherwise: NOTHING,
        names: &["daystofirstorder", "daystopurchase", "timetofirstpurchase"],
    },
    Target {
        name: "FIRST_PURCHASE_DATE",
        kind: Kind::OptionalDay,
        otherwise: NOTHING,
        names: &["firstorderdate", "firstpurchase", "firstorder", "erstkauf"],
    },
    Target {
        name: "FIRST_PURCHASE_AMOUNT",
        kind: Kind::Spend,
        otherwise: ZERO,
        names: &["firstorderamount", "firstordervalue", "firstpurchasevalue", "firstamount"],
    },
    Target {
        name: "FIRST_PURCHASE_CATEGORY",
        kind: Kind::OptionalCategory(&FIRST_PURCHASE_CATEGORY),
        otherwise: NOTHING,
        names: &["firstcategory", "firstordercategory", "firstproductcategory"],
    },
    count("WEBSITE_VISITS_30D", &["websitevisits", "visits", "visits30d", "sessions", "sessions30d", "pageviews"]),
    count("EMAIL_OPENS_30D", &["emailopens", "opens", "opens30d"]),
    count("EMAIL_CLICKS_30D", &["emailclicks", "clicks", "clicks30d"]),
    count("ITEMS_VIEWED_30D", &["itemsviewed", "productviews", "views", "views30d"]),
    count("CART_ADDS_30D", &["cartadds", "addstocart", "carts"]),
    Target {
        name: "ACTUAL_12M_LTV",
        kind: Kind::OptionalSpend,
        otherwise: Some("null: only predicted"),
        names: &[
            "ltv",
            "clv",
            "actualltv",
            "ltv12m",
            "12mltv",
            "clv12m",
            "target",
            "label",
            "spend12m",
            "revenue12m",
            "lifetimevalue",
        ],
    },
];

/// The columns of an own table, in the order of mappings.
pub fn of(table: OwnTable) -> &'static [Target] {
    match table {
        OwnTable::Transactions => &TRANSACTIONS,
        OwnTable::Interactions => &INTERACTIONS,
        OwnTable::Customers => &CUSTOMERS,
        OwnTable::ColdStart => &COLDSTART,
    }
}

/// The schema behind an own table.
pub fn schema(table: OwnTable) -> TableSchema {
    match table {
        OwnTable::Transactions => tables::continuous_transactions(),
        OwnTable::Interactions => tables::continuous_interactions(),
        OwnTable::Customers => tables::continuous_customers_profile(),
        OwnTable::ColdStart => tables::coldstart_customers(),
    }
}

/// The columns as the page shows them.
pub fn described(table: OwnTable) -> Vec<TargetColumn> {
    let schema = schema(table);
    let describe = |target: &Target| {
        let column = schema.column(target.name);
        TargetColumn {
            name: target.name.to_owned(),
            sql_type: column.map_or("", |column| column.kind.sql()).to_owned(),
            meaning: column.map(|column| column.meaning.clone()).unwrap_or_default(),
            otherwise: target.otherwise.map(str::to_owned),
        }
    };
    of(table).iter().map(describe).collect()
}
