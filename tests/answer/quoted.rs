//! Answers without a model: sentences of the sources.

use super::{ask, consistent, request};
use dragoman::brief::Engine;
use dragoman::prompt::Prompts;

#[tokio::test]
async fn without_a_model_sentences_are_quoted() {
    let prompts = Prompts::load(None).unwrap();
    for (question, expected) in [
        (
            "东昌府区葫芦种植面积是多少？",
            "东昌府区葫芦种植面积3万余亩，占全国市场份额的75%，年综合效益达16亿元。",
        ),
        ("台风转移了多少群众？", "全市共有11.3萬名群眾轉移安置。"),
        (
            "“东昌府区”「葫蘆」的种植面积是多少？",
            "东昌府区葫芦种植面积3万余亩，占全国市场份额的75%，年综合效益达16亿元。",
        ),
        (
            "How many gourds are planted in Dongchangfu?",
            "东昌府区葫芦种植面积3万余亩，占全国市场份额的75%，年综合效益达16亿元。",
        ),
    ] {
        let mut events = Vec::new();
        let answer = ask(None, &prompts, &request(question), &mut |e| events.push(e))
            .await
            .unwrap();
        consistent(&answer, &events);
        assert_eq!(answer.engine, Engine::Extractive);
        assert_eq!(answer.claims[0].text, expected, "{question}");
        assert!(
            answer.language.starts_with("zh"),
            "the language of what is quoted"
        );
        assert!(answer.notes.iter().any(|n| n.contains("quoted")));
    }
    // What is not there, and names that the sources do not say.
    for question in [
        "世界杯冠军是哪个国家？",
        "青岛有多少亩葫芦？",
        "東昌府區“葫蘆二號”的種植面積是多少？",
        "《亚腰葫芦志》里，东昌府区葫芦占市场份额多少？",
        "How many mu of gourds were planted in Dongchangfu in 2019?",
    ] {
        let answer = ask(None, &prompts, &request(question), &mut |_| {})
            .await
            .unwrap();
        assert!(answer.abstained, "{question} {}", answer.answer);
        assert_eq!(
            answer.notes,
            ["no article that was found speaks of all that the question names: nothing is quoted"],
            "{question}"
        );
    }
}
