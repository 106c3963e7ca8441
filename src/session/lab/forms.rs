//! What the page's form offers: engines, their objectives and parameters, taken from where the engines check them; and the way back from a
//! filled-in form to a recipe. Deliberately no bounds and no names of its own.

use crate::engine::learn::{ABSENT_PARAMS, EXACT_PARAMETERS, ExactParams, Objective, PARAMETERS, Parameter, Params};
use crate::protocol::{ObjectiveInfo, Problem, TrainRequest, TrainerInfo, TrainingParameter};
use crate::session::fitting::Recipe;
use crate::session::stages::fixed_params;

const HISTOGRAMS: &str = "hist";
const EXACT: &str = "gbdt";

/// Everything that can train a model.
pub fn trainers() -> Vec<TrainerInfo> {
    vec![
        TrainerInfo {
            name: HISTOGRAMS.to_owned(),
            label: "Histograms, this project’s own".to_owned(),
            meaning: "XGBoost’s trees by its method “hist”: values in up to 255 bins, every threshold between two bins weighed."
                .to_owned(),
            objectives: OBJECTIVES.into_iter().map(objective).collect(),
            parameters: described(&PARAMETERS, &fixed_params()),
            absent: Vec::new(),
        },
        TrainerInfo {
            name: EXACT.to_owned(),
            label: "Exact, the crate gbdt".to_owned(),
            meaning: "Every threshold between two values is tried, which takes many times as long (the list of versions says how many), so \
                      it begins with 20 trees. Missing values made the crate’s results NaN: medians stand in for them."
                .to_owned(),
            objectives: vec![objective(Objective::SquaredError)],
            parameters: described(&EXACT_PARAMETERS, &ExactParams::default()),
            absent: ABSENT_PARAMS.iter().map(|(name, why)| ((*name).to_owned(), (*why).to_owned())).collect(),
        },
    ]
}

fn described<P>(parameters: &[Parameter<P>], defaults: &P) -> Vec<TrainingParameter> {
    let described = |parameter: &Parameter<P>| TrainingParameter {
        name: parameter.name.to_owned(),
        meaning: parameter.meaning.to_owned(),
        default: (parameter.get)(defaults),
        least: parameter.least,
        most: parameter.most,
        bound: parameter.bound.to_owned(),
        is_whole: parameter.is_whole,
    };
    parameters.iter().map(described).collect()
}

const OBJECTIVES: [Objective; 3] =
    [Objective::SquaredError, Objective::Tweedie { variance_power: 1.2 }, Objective::Quantile { level: 0.9 }];

fn objective(objective: Objective) -> ObjectiveInfo {
    let (label, meaning, of_parameter) = match objective {
        Objective::SquaredError => ("Squared error", "Predicts the mean; large spenders weigh most.", ""),
        Objective::Tweedie { .. } => (
            "Tweedie",
            "Predicts the mean of something that is often zero and otherwise positive, on a logarithmic scale.",
            "the variance grows with this power of the mean",
        ),
        Objective::Quantile { .. } => (
            "Quantile",
            "Predicts the amount below which a share of customers stays: two of these make an interval.",
            "that share",
        ),
    };
    let parameter = objective.parameter().zip(objective.bounds()).map(|((name, default), (least, most, bound))| {
        TrainingParameter {
            name: name.to_owned(),
            meaning: of_parameter.to_owned(),
            default,
            least,
            most,
            bound: bound.to_owned(),
            is_whole: false,
        }
    });
    ObjectiveInfo { name: objective.name().to_owned(), label: label.to_owned(), meaning: meaning.to_owned(), parameter }
}

/// The recipe of a filled-in form.
pub fn recipe(request: &TrainRequest, seed: u64) -> Result<Recipe, Problem> {
    let value = |name: &str| request.values.iter().find(|(known, _)| known == name).map(|(_, value)| *value);
    let objective = match OBJECTIVES.into_iter().find(|objective| objective.name() == request.objective) {
        Some(Objective::Tweedie { variance_power }) => {
            Objective::Tweedie { variance_power: value("tweedie_variance_power").unwrap_or(variance_power) }
        }
        Some(Objective::Quantile { level }) => Objective::Quantile { level: value("quantile_alpha").unwrap_or(level) },
        Some(Objective::SquaredError) => Objective::SquaredError,
        None => return Err(refused(&format!("There is no objective called {:?}.", request.objective))),
    };
    let out_of_bounds = |error| refused(&format!("The {error}."));
    match request.engine.as_str() {
        HISTOGRAMS => {
            let mut params = Params { objective, seed, ..fixed_params() };
            fill(&mut params, &PARAMETERS, &request.values, objective)?;
            params.check().map(Recipe::Histograms).map_err(out_of_bounds)
        }
        EXACT if objective == Objective::SquaredError => {
            let mut params = ExactParams { seed, ..ExactParams::default() };
            fill(&mut params, &EXACT_PARAMETERS, &request.values, objective)?;
            params.check().map(Recipe::Exact).map_err(out_of_bounds)
        }
        EXACT => Err(refused("The crate gbdt is used for squared error only.")),
        other => Err(refused(&format!("There is no engine called {other:?}."))),
    }
}

/// Takes the values of a form over; none is passed over silently.
fn fill<P>(
    params: &mut P,
    known: &[Parameter<P>],
    values: &[(String, f64)],
    objective: Objective,
) -> Result<(), Problem> {
    for (name, value) in values {
        match known.iter().find(|parameter| parameter.name == name) {
            Some(parameter) => {
                whole(name, *value, parameter.is_whole)?;
                (parameter.set)(params, *value);
            }
            None if objective.parameter().is_some_and(|(own, _)| own == name) => {}
            None => return Err(refused(&format!("There is no parameter called {name:?}."))),
        }
    }
    Ok(())
}

/// Nothing is cut off silently.
fn whole(name: &str, value: f64, is_whole: bool) -> Result<(), Problem> {
    let fits = !is_whole || (value.fract() == 0.0 && (0.0..=f64::from(u32::MAX)).contains(&value));
    if fits { Ok(()) } else { Err(refused(&format!("The parameter {name} is {value}, and must be a whole number."))) }
}

fn refused(why: &str) -> Problem {
    Problem::new("The model was not trained.", why, "Change the value and train again.")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::ObjectId;

    fn request(objective: &str, values: &[(&str, f64)]) -> TrainRequest {
        TrainRequest {
            model: ObjectId::ContinuousModel,
            engine: HISTOGRAMS.to_owned(),
            objective: objective.to_owned(),
            values: values.iter().map(|(name, value)| ((*name).to_owned(), *value)).collect(),
        }
    }

    fn why(request: &TrainRequest) -> String {
        recipe(request, 1).map(|_| String::new()).unwrap_or_else(|problem| problem.why)
    }

    #[test]
    fn what_the_form_offers_can_be_trained() {
        for trainer in trainers() {
            for objective in &trainer.objectives {
                let own = objective.parameter.iter();
                let values = trainer.parameters.iter().chain(own).map(|p| (p.name.clone(), p.default)).collect();
                let engine = trainer.name.clone();
                let model = ObjectId::ColdstartModel;
                let request = TrainRequest { model, engine, objective: objective.name.clone(), values };
                assert!(recipe(&request, 1).is_ok(), "{request:?}");
            }
        }
    }

    #[test]
    fn values_out_of_bounds_are_refused_with_the_bound() {
        assert!(why(&request("reg:squarederror", &[("max_depth", 17.0)])).contains("from 1 to 16"));
        assert!(why(&request("reg:squarederror", &[("max_depth", 3.5)])).contains("whole number"));
        assert!(why(&request("reg:quantileerror", &[("quantile_alpha", 1.0)])).contains("from 0.01 to 0.99"));
        assert!(why(&request("reg:squarederror", &[("quantile_alpha", 0.5)])).contains("no parameter called"));
        assert!(why(&request("rank:map", &[])).contains("no objective called"));
        assert_eq!(why(&request("reg:tweedie", &[("tweedie_variance_power", 1.5), ("gamma", 2.0)])), "");
    }
}
