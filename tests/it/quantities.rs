//! Every row of `k8s-quantities.json` through the functions that read manifests.

use rollcast::document::{FromNode, Sources, parse_yaml};
use rollcast::manifest::{IntOrString, Quantity, QuantityFormat, cfs_quota_us};
use rollcast::units::{CpuMillis, IntOrPercent, UnitError};
use serde_json::{Value, json};

fn rows() -> Vec<Value> {
    let folder = std::env::var("ROLLCAST_CASES")
        .unwrap_or_else(|_| concat!(env!("CARGO_MANIFEST_DIR"), "/tests/cases").to_owned());
    let text = std::fs::read_to_string(format!("{folder}/k8s-quantities.json")).unwrap();
    let table: Value = serde_json::from_str(&text).unwrap();
    table["cases"].as_array().unwrap().clone()
}

/// The input as a field of a YAML file, quoted where the row has text.
fn count_or_share(input: &Value) -> Result<IntOrPercent, UnitError> {
    let mut sources = Sources::default();
    let nodes = parse_yaml(&mut sources, "row", &input.to_string()).unwrap();
    IntOrString::from_node(&nodes[0])
        .unwrap()
        .as_count_or_share()
}

fn quantity(row: &Value) -> Value {
    let Ok(quantity) = row["input"].as_str().unwrap().parse::<Quantity>() else {
        return json!({"error": true});
    };
    // The row says mantissa * 10^exponent10; compare as whole 10^-9.
    let expected = &row["expected"];
    let mantissa = i128::from(expected["mantissa"].as_i64().unwrap());
    let power = u32::try_from(expected["exponent10"].as_i64().unwrap() + 9).unwrap();
    assert_eq!(quantity.as_nanos(), mantissa * 10_i128.pow(power), "{row}");
    let format = match quantity.format() {
        QuantityFormat::BinarySi => "BinarySI",
        QuantityFormat::DecimalSi => "DecimalSI",
        QuantityFormat::DecimalExponent => "DecimalExponent",
    };
    json!({"mantissa": expected["mantissa"], "exponent10": expected["exponent10"], "format": format})
}

fn outcome(row: &Value) -> Value {
    match row["fn"].as_str().unwrap() {
        "int_or_percent" => match count_or_share(&row["input"]) {
            Ok(IntOrPercent::Int(value)) => json!({"value": value, "percent": false}),
            Ok(IntOrPercent::Percent(value)) => json!({"value": value, "percent": true}),
            Err(_) => json!({"error": true}),
        },
        "scaled_value" => match count_or_share(&row["input"]) {
            Ok(value) => {
                let total = row["total"].as_i64().unwrap() as i32;
                let up = row["round_up"].as_bool().unwrap();
                let scaled = if up {
                    value.scaled_up(total)
                } else {
                    value.scaled_down(total)
                };
                json!({"value": scaled})
            }
            Err(_) => json!({"error": true}),
        },
        "parse_int_or_string" => match IntOrString::typed(row["input"].as_str().unwrap()) {
            IntOrString::Int(number) => json!(number),
            IntOrString::Text(text) => json!(text),
        },
        "cfs_quota_us" => {
            let limit = CpuMillis::new(row["milli_cpu"].as_u64().unwrap());
            json!(cfs_quota_us(limit, row["period_us"].as_u64().unwrap()))
        }
        "quantity" => quantity(row),
        other => panic!("a row for an unknown function `{other}`"),
    }
}

#[test]
fn every_quantity_row_agrees_with_upstream() {
    for row in rows() {
        assert_eq!(outcome(&row), row["expected"], "{row}");
    }
}
