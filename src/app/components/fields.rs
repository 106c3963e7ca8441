//! Fields and buttons drawn from plain values. Deliberately no knowledge of what they are for: whoever gives them hears which one was used,
//! and with what.

use crate::app::memo::Memo;
use crate::present::fields::{Control, Field};
use leptos::prelude::*;

/// The id of a field that was used, and what stands in it.
pub type Used = Callback<(String, String)>;

#[component]
pub fn Fields(
    #[prop(into)] fields: Signal<Vec<Field>>,
    on: Used,
    #[prop(default = "fields")] class: &'static str,
) -> impl IntoView {
    let shapes = Memo::new(move |_| fields.with(|fields| fields.iter().map(Field::shape).collect::<Vec<_>>()));
    let field = move |(at, (id, label, control, stays)): (usize, (String, String, Control, bool))| {
        let text = move |of: fn(&Field) -> &String| {
            Signal::derive(move || {
                fields.with(|fields| fields.get(at).map(|field| of(field).clone()).unwrap_or_default())
            })
        };
        let is =
            move |of: fn(&Field) -> bool| Signal::derive(move || fields.with(|fields| fields.get(at).is_some_and(of)));
        let (value, problem) = (text(|field| &field.value), text(|field| &field.problem));
        let used = {
            let id = id.clone();
            move |event: leptos::ev::Event| on.run((id.clone(), event_target_value(&event)))
        };
        let described = format!("{id}-note");
        let invalid = Signal::derive(move || problem.with(|problem| !problem.is_empty()).to_string());
        let control = match control {
            Control::Text => view! {
                <input id=id.clone() type="text" autocomplete="off" spellcheck="false" aria-invalid=invalid aria-describedby=described.clone()
                    prop:value=value on:input=used/>
            }
            .into_any(),
            Control::Range(most) => view! {
                <input id=id.clone() type="range" min="0" max=most.to_string() step="1" prop:value=value on:input=used/>
            }
            .into_any(),
            Control::Select(options) => {
                let option = |name: String| view! { <option value=name.clone()>{name.clone()}</option> };
                view! { <select id=id.clone() aria-describedby=described.clone() prop:value=value on:change=used>{options.into_iter().map(option).collect_view()}</select> }
                    .into_any()
            }
            Control::Button | Control::Primary => {
                let class = if control == Control::Primary { "primary" } else { "quiet" };
                let pressed = stays.then(|| Signal::derive(move || is(|field| field.is_pressed == Some(true)).get().to_string()));
                return view! {
                    <button type="button" class=class disabled=is(|field| field.is_disabled) aria-pressed=pressed title=text(|field| &field.note)
                        on:click=move |_| on.run((id.clone(), String::new()))>{label}</button>
                }
                .into_any();
            }
        };
        view! {
            <div class="field">
                <label for=id>{label}</label>
                {control}
                <output>{text(|field| &field.aside)}</output>
                <small id=described>
                    <span class="field-problem" role="status">{problem}</span>
                    {text(|field| &field.note)}
                </small>
            </div>
        }
        .into_any()
    };
    view! { <div class=class>{move || shapes.get().into_iter().enumerate().map(field).collect_view()}</div> }
}
