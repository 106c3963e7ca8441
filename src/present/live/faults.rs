//! What can be broken on purpose, and what shows it: the stories of the faults, batches, alerts.

use super::choice::fault_id;
use super::clock;
use crate::present::charts::ChartTable;
use crate::present::fields::Field;
use crate::present::{Progress, format};
use crate::protocol::{AlertSeverity, Breakage, LiveBatch};

/// The story of a fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fault {
    pub breakage: Breakage,
    pub title: &'static str,
    /// What the button does.
    pub button: &'static str,
    pub does: &'static str,
    pub alarms: &'static str,
    pub recovers: &'static str,
    pub find: &'static str,
}

impl Fault {
    /// The id of its button.
    pub fn id(&self) -> String {
        format!("break:{}", fault_id(self.breakage))
    }
}

/// All faults, in the order in which they are shown.
pub const FAULTS: [Fault; 6] = [
    Fault {
        breakage: Breakage::LateRows,
        title: "Late rows",
        button: "Send late rows",
        does: "Purchases of the last two months arrive only now, as from a till that was offline.",
        alarms: "The batch is late: most of its rows were loaded days after the day they are about.",
        recovers: "By itself. Windows count by the day of the event, so the next refresh corrects the customers concerned and nobody else; predictions that stood before stay as they were written.",
        find: "The batch’s days late here, then a customer’s last rows on the part Live: LOADED_AT and the day lie apart.",
    },
    Fault {
        breakage: Breakage::DuplicatedBatch,
        title: "Duplicated batch",
        button: "Send a batch twice",
        does: "The last thousand purchases arrive once more with the same TRANSACTION_ID, as after a load that was repeated.",
        alarms: "The batch holds rows whose ids are known already.",
        recovers: "At once: a row whose id is known counts once, so no feature and no prediction changes. Deleting the batch changes nothing either.",
        find: "The batch’s duplicates here; its staging table has not grown.",
    },
    Fault {
        breakage: Breakage::UnknownCategory,
        title: "Unknown category",
        button: "Send a new category",
        does: "Purchases arrive in a PRODUCT_CATEGORY that the run’s data do not have.",
        alarms: "Rows with a level that is not in the list of levels.",
        recovers: "When the batch is deleted, or when a model that knows the level is trained and promoted. Until then it is one more category in UNIQUE_CATEGORIES_PURCHASED; amounts and frequencies count as usual.",
        find: "The alert’s lineage leads from the batch over the staging table and the features to the predictions.",
    },
    Fault {
        breakage: Breakage::HundredfoldAmounts,
        title: "Amounts times 100",
        button: "Send cents as dollars",
        does: "A batch arrives in cents and is read as dollars: every amount is a hundred times too large.",
        alarms: "Drift of the amounts, and a jump of the predicted total.",
        recovers: "When the batch is deleted: the next refresh computes its customers anew, and their predictions go back to the cent.",
        find: "The largest changes all have MONETARY inputs among their reasons; a customer’s last rows name the batch.",
    },
    Fault {
        breakage: Breakage::ChannelDrift,
        title: "Channel drift",
        button: "Send customers of one channel",
        does: "Many new customers arrive, all of one acquisition channel, as in a campaign.",
        alarms: "Drift of ACQUISITION_CHANNEL among the customers who are scored, against those who waited at the beginning.",
        recovers: "As other customers follow, slowly; a model trained on such customers is the lasting answer. No row is wrong.",
        find: "The alert names the column and the batch; the page Features, Drift and expectations shows how training rows looked.",
    },
    Fault {
        breakage: Breakage::FailingRefresh,
        title: "Failing refresh",
        button: "Make a table fail",
        does: "Every refresh of CONTINUOUS_CUSTOMER_FEATURES fails, as when its warehouse has used up its quota.",
        alarms: "The table has failed and its lag exceeds the target; what reads it has UPSTREAM_FAILED. After five failures in a row it is suspended.",
        recovers: "Repair the table, and resume it if it was suspended meanwhile. It then catches up with all that came since; predictions are stale until then, but never wrong.",
        find: "Follow UPSTREAM_FAILED against the arrows to the one table that says FAILED; its error says why.",
    },
];

/// The batches with their marks, newest first, and the button of each that deletes it.
pub fn batches(of: &[LiveBatch]) -> (ChartTable, Vec<Option<Field>>) {
    let headers =
        ["Batch", "What", "Table", "Loaded at", "Rows", "Duplicates", "Late", "Most days late", "Unknown levels"];
    let row = |of: &LiveBatch| {
        vec![
            of.batch.to_string(),
            match of.deleted_at {
                Some(at) => format!("{}; deleted at {}", of.label, clock::short(at)),
                None => of.label.clone(),
            },
            of.table.clone(),
            clock::short(of.loaded_at),
            format::count(of.n_rows),
            format::count(of.n_duplicates),
            format::count(of.n_late),
            format::count(of.most_days_late.into()),
            format::count(of.n_unknown),
        ]
    };
    let button = |of: &LiveBatch| {
        of.deleted_at.is_none().then(|| Field::button(&format!("delete:{}", of.batch), "Delete batch", false))
    };
    let table = ChartTable { headers: headers.map(str::to_owned).to_vec(), rows: of.iter().map(row).collect() };
    (table, of.iter().map(button).collect())
}

pub fn severity(of: AlertSeverity) -> &'static str {
    match of {
        AlertSeverity::Note => "Note",
        AlertSeverity::Warning => "Warning",
        AlertSeverity::Problem => "Problem",
    }
}

/// The same for glyph and colour.
pub fn severity_progress(of: AlertSeverity) -> Progress {
    match of {
        AlertSeverity::Note => Progress::Idle,
        AlertSeverity::Warning => Progress::Stale,
        AlertSeverity::Problem => Progress::Failed,
    }
}
