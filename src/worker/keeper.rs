//! Projects in the browser's IndexedDB: one database, one store, a record a project. Deliberately no retries and no cache; what an error
//! means is the session's business.

use crate::session::{KeeperAnswer, KeeperRequest, Kept, Listed, Record};
use js_sys::{Array, Date, Object, Promise, Reflect, Uint8Array};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::{
    DomException, IdbDatabase, IdbObjectStore, IdbObjectStoreParameters, IdbOpenDbRequest, IdbRequest,
    IdbTransactionMode, WorkerGlobalScope,
};

const DATABASE: &str = "clv-lab";
const STORE: &str = "projects";
/// Fields of a record.
const KEY: &str = "key";
const TITLE: &str = "title";
const REVISION: &str = "revision";
const SAVED: &str = "saved";
const BYTES: &str = "bytes";

/// Carries a request out. An error is a sentence without its end.
pub async fn carry_out(request: KeeperRequest) -> KeeperAnswer {
    match request {
        KeeperRequest::Fetch { key } => {
            let found = fetch(&key).await.map_err(in_words);
            KeeperAnswer::Fetched { key, found }
        }
        KeeperRequest::Keep { key, title, replaces, bytes } => {
            let outcome = keep(&key, &title, replaces, &bytes).await.map_err(in_words);
            KeeperAnswer::Kept { key, outcome }
        }
        KeeperRequest::List => KeeperAnswer::Listed(list().await.map_err(in_words)),
        KeeperRequest::Remove { key } => KeeperAnswer::Removed(remove(&key).await.map_err(in_words)),
    }
}

/// What a rejected promise says: the name tells more than the message, which some browsers leave empty.
fn in_words(error: JsValue) -> String {
    match error.dyn_ref::<DomException>() {
        Some(error) if error.name() == "QuotaExceededError" => {
            "the browser’s space for this site is used up; forget other projects, or free space on the disk".to_owned()
        }
        Some(error) => format!("the browser refused its storage ({}: {})", error.name(), error.message()),
        None => "the browser refused its storage, as it does in some private windows".to_owned(),
    }
}

/// The result of a request, once it has one.
async fn result_of(request: &IdbRequest) -> Result<JsValue, JsValue> {
    let outcome = JsFuture::from(Promise::new(&mut |resolve, reject| {
        request.set_onsuccess(Some(&resolve));
        request.set_onerror(Some(&reject));
    }))
    .await;
    match outcome {
        Ok(_) => request.result(),
        Err(_) => Err(request.error().ok().flatten().map_or(JsValue::NULL, Into::into)),
    }
}

/// Every request opens the database anew, so that no open connection stands in the way of another tab.
async fn open() -> Result<IdbDatabase, JsValue> {
    let scope: WorkerGlobalScope = js_sys::global().unchecked_into();
    let factory = scope.indexed_db()?.ok_or(JsValue::NULL)?;
    let request: IdbOpenDbRequest = factory.open_with_u32(DATABASE, 1)?;
    let upgraded = request.clone();
    let upgrade = Closure::once(move || {
        let parameters = IdbObjectStoreParameters::new();
        parameters.set_key_path(&JsValue::from_str(KEY));
        // A failure shows when the store is used.
        if let Ok(Ok(database)) = upgraded.result().map(|database| database.dyn_into::<IdbDatabase>()) {
            let _ = database.create_object_store_with_optional_parameters(STORE, &parameters);
        }
    });
    request.set_onupgradeneeded(Some(upgrade.as_ref().unchecked_ref()));
    result_of(&request).await?.dyn_into()
}

/// Does something in one transaction, and waits until it is on the disk.
async fn within<T>(
    mode: IdbTransactionMode,
    work: impl AsyncFnOnce(IdbObjectStore) -> Result<T, JsValue>,
) -> Result<T, JsValue> {
    let database = open().await?;
    let transaction = database.transaction_with_str_and_mode(STORE, mode)?;
    let completed = Promise::new(&mut |resolve, reject| {
        transaction.set_oncomplete(Some(&resolve));
        transaction.set_onabort(Some(&reject));
    });
    let done = work(transaction.object_store(STORE)?).await;
    let completed = JsFuture::from(completed).await;
    database.close();
    match completed {
        Ok(_) => done,
        Err(_) => Err(transaction.error().map_or(JsValue::NULL, Into::into)),
    }
}

fn field(record: &JsValue, name: &str) -> JsValue {
    Reflect::get(record, &JsValue::from_str(name)).unwrap_or(JsValue::UNDEFINED)
}

fn number(record: &JsValue, name: &str) -> f64 {
    field(record, name).as_f64().unwrap_or_default()
}

/// A record as it was written; what is not one counts as absent bytes, which the session reports.
fn record(found: &JsValue) -> Option<Record> {
    let bytes = || field(found, BYTES).dyn_into::<Uint8Array>().map(|bytes| bytes.to_vec()).unwrap_or_default();
    (!found.is_undefined()).then(|| Record { revision: number(found, REVISION) as u64, bytes: bytes() })
}

async fn fetch(key: &str) -> Result<Option<Record>, JsValue> {
    within(IdbTransactionMode::Readonly, async |store| Ok(record(&result_of(&store.get(&key.into())?).await?))).await
}

async fn keep(key: &str, title: &str, replaces: u64, bytes: &[u8]) -> Result<Kept, JsValue> {
    within(IdbTransactionMode::Readwrite, async |store| {
        let found = record(&result_of(&store.get(&key.into())?).await?);
        if let Some(found) = found.filter(|found| found.revision != replaces) {
            return Ok(Kept::Overtaken(found));
        }
        let revision = replaces + 1;
        let value = Object::new();
        let fields = [
            (KEY, key.into()),
            (TITLE, title.into()),
            (REVISION, (revision as f64).into()),
            (SAVED, Date::now().into()),
            (BYTES, Uint8Array::from(bytes).into()),
        ];
        for (name, of) in fields {
            Reflect::set(&value, &JsValue::from_str(name), &of)?;
        }
        result_of(&store.put(&value)?).await?;
        Ok(Kept::Written { revision })
    })
    .await
}

async fn list() -> Result<Vec<Listed>, JsValue> {
    within(IdbTransactionMode::Readonly, async |store| {
        let all: Array = result_of(&store.get_all()?).await?.dyn_into()?;
        let text = |record: &JsValue, name| field(record, name).as_string().unwrap_or_default();
        let listed = all.iter().map(|record| Listed {
            key: text(&record, KEY),
            title: text(&record, TITLE),
            bytes: number(&field(&record, BYTES), "byteLength") as u64,
            saved_ms: number(&record, SAVED),
        });
        Ok(listed.collect())
    })
    .await
}

async fn remove(key: &str) -> Result<(), JsValue> {
    within(IdbTransactionMode::Readwrite, async |store| result_of(&store.delete(&key.into())?).await.map(drop)).await
}
