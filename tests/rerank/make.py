"""Makes `overlap.onnx`, a cross-encoder small enough to be kept: its logit grows with the
share of the question's tokens that stand in the passage, from -5 for none to 5 for all.

    pip install onnx && python3 tests/rerank/make.py

It reads pairs as XLM-R's tokenizer makes them: <s> question </s></s> passage </s>.
"""

import pathlib

from onnx import TensorProto, checker, helper, save

PAD_AND_SPECIAL = 4  # <s>, <pad>, </s>, <unk>
SEPARATOR = 2

tensor, node = helper.make_tensor, helper.make_node


def whole(name, *values):
    return tensor(name, TensorProto.INT64, [len(values)] if len(values) > 1 else [], values)


constants = [
    whole("separator", SEPARATOR), whole("words_from", PAD_AND_SPECIAL), whole("second", 1),
    tensor("last", TensorProto.INT64, [1], [2]), tensor("one_axis", TensorProto.INT64, [1], [1]),
    whole("passage_is", 2), whole("question_is", 0),
    tensor("one", TensorProto.FLOAT, [], [1.0]), tensor("half", TensorProto.FLOAT, [], [0.5]),
    tensor("ten", TensorProto.FLOAT, [], [10.0]),
]
nodes = [
    node("Equal", ["input_ids", "separator"], ["is_separator"]),
    node("Cast", ["is_separator"], ["separators"], to=TensorProto.INT64),
    node("CumSum", ["separators", "second"], ["part"]),
    node("GreaterOrEqual", ["input_ids", "words_from"], ["is_word"]),
    node("Equal", ["part", "question_is"], ["before"]),
    node("And", ["before", "is_word"], ["in_question"]),
    node("Equal", ["part", "passage_is"], ["behind"]),
    node("And", ["behind", "is_word"], ["in_passage"]),
    node("Unsqueeze", ["input_ids", "last"], ["down"]),
    node("Unsqueeze", ["input_ids", "one_axis"], ["across"]),
    node("Equal", ["down", "across"], ["same"]),
    node("Unsqueeze", ["in_passage", "one_axis"], ["passage_across"]),
    node("And", ["same", "passage_across"], ["stands_there"]),
    node("Cast", ["stands_there"], ["pairs"], to=TensorProto.FLOAT),
    node("ReduceMax", ["pairs"], ["found"], axes=[2], keepdims=0),
    node("Cast", ["in_question"], ["asked"], to=TensorProto.FLOAT),
    node("Mul", ["found", "asked"], ["said"]),
    node("ReduceSum", ["said", "one_axis"], ["said_count"], keepdims=1),
    node("ReduceSum", ["asked", "one_axis"], ["asked_count"], keepdims=1),
    node("Max", ["asked_count", "one"], ["asked_least"]),
    node("Div", ["said_count", "asked_least"], ["share"]),
    node("Sub", ["share", "half"], ["centred"]),
    node("Mul", ["centred", "ten"], ["logits"]),
]
tokens = ["batch", "tokens"]
graph = helper.make_graph(
    nodes, "overlap",
    [helper.make_tensor_value_info("input_ids", TensorProto.INT64, tokens),
     helper.make_tensor_value_info("attention_mask", TensorProto.INT64, tokens)],
    [helper.make_tensor_value_info("logits", TensorProto.FLOAT, ["batch", 1])],
    constants,
)
model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
checker.check_model(model)
save(model, pathlib.Path(__file__).with_name("overlap.onnx"))
