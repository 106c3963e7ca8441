//! A text field for one setting, checked while it is typed. What does not fit stays as it was typed, with the sentence that says
//! why below it; deliberately no knowledge of what is set.

use crate::app::memo::Memo;
use crate::app::store::{Unfit, use_store};
use leptos::prelude::*;

/// Takes typed text as a value: gives the value's own text, or the sentence that says why it does not fit.
pub type Accept = Callback<String, Result<String, String>>;

#[component]
pub fn CheckedField(
    /// Also the id of the input; the sentence's is this with "-problem".
    #[prop(into)]
    id: String,
    /// The text of the present value.
    value: Memo<String>,
    accept: Accept,
    #[prop(default = "decimal")] inputmode: &'static str,
    /// Id of what explains the field.
    #[prop(into, optional)]
    described_by: String,
) -> impl IntoView {
    let unfit = use_store().unfit;
    let id = StoredValue::new(id);
    // Text that fits and is not the value's own, such as "0." on the way to "0.5".
    let typed = RwSignal::new(None::<(String, String)>);
    let problem = Memo::new(move |_| id.with_value(|id| unfit.with(|all| all.get(id).cloned())));
    let shown = Memo::new(move |_| match (problem.get(), typed.get()) {
        (Some(unfit), _) => unfit.text,
        (None, Some((text, _))) => text,
        (None, None) => value.get(),
    });
    let forget_problem = move || {
        if problem.with_untracked(Option::is_some) {
            id.with_value(|id| unfit.update(|all| drop(all.remove(id))));
        }
    };
    let on_input = move |event| {
        let text = event_target_value(&event);
        match accept.run(text.clone()) {
            Ok(own) => {
                typed.set(Some((text, own)));
                forget_problem();
            }
            Err(problem) => {
                id.with_value(|id| unfit.update(|all| drop(all.insert(id.clone(), Unfit { text, problem }))));
            }
        }
    };
    // The value was changed elsewhere: what was typed here is over.
    Effect::new(move |before: Option<String>| {
        let now = value.get();
        if before.is_some_and(|before| before != now) && typed.with_untracked(|t| t.as_ref().is_none_or(|t| t.1 != now))
        {
            typed.set(None);
            forget_problem();
        }
        now
    });
    let described = format!("{}-problem {described_by}", id.get_value());
    view! {
        <input type="text" class="checked" id=id.get_value() inputmode=inputmode autocomplete="off" spellcheck="false"
            aria-invalid=Signal::derive(move || problem.with(Option::is_some).to_string()) aria-describedby=described
            prop:value=move || shown.get() on:input=on_input on:blur=move |_| typed.set(None)/>
        <span class="field-problem" id=format!("{}-problem", id.get_value()) role="status">
            {Signal::derive(move || problem.get().map(|unfit| unfit.problem).unwrap_or_default())}
        </span>
    }
}
