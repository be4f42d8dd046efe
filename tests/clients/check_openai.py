"""OpenAI's own Python client, and LangChain and LlamaIndex on top of it."""

import openai
from langchain_openai import ChatOpenAI
from llama_index.core.llms import ChatMessage
from llama_index.llms.openai_like import OpenAILike

import model

QUESTION = "葫芦种植面积有多大？"
TALK = [
    {"role": "system", "content": "Be brief 😀, and leave the sources out."},
    {"role": "user", "content": "东昌府区有什么产业？"},
    {"role": "assistant", "content": "葫芦产业。 [1]"},
    {"role": "user", "content": "那种植面积呢？"},
]


def cites(content, annotations):
    """Each annotation stands on its marker, and there is at least one."""
    assert annotations, content
    for annotation in annotations:
        cited, ours = annotation["url_citation"], annotation["dragoman"]
        assert annotation["type"] == "url_citation"
        assert content[cited["start_index"] : cited["end_index"]] == f"[{ours['n']}]", annotation
        assert cited["url"] and cited["title"] and ours["quote"] and ours["paragraph"] >= 1
        assert ours["article_id"] == "sample-gourd", ours


def python(base):
    client = openai.OpenAI(base_url=base, api_key="none", max_retries=0)
    assert [entry.id for entry in client.models.list()] == ["dragoman", "dragoman-strict"]
    assert client.models.retrieve("dragoman").owned_by == "dragoman"

    def ask(**more):
        return client.chat.completions.create(**{"model": "dragoman", "messages": [{"role": "user", "content": QUESTION}], **more})

    whole = ask(temperature=0, seed=7, user="读者")
    message = whole.choices[0].message
    assert model.RIGHT in message.content and model.WRONG in message.content
    cites(message.content, [annotation.model_dump() for annotation in message.annotations])
    assert whole.usage.total_tokens == whole.usage.prompt_tokens + whole.usage.completion_tokens > 100
    assert [claim["verdict"] for claim in whole.dragoman["claims"]] == ["supported", "contradicted"]

    for name, wrong in (("dragoman", True), ("dragoman-strict", False)):
        content, annotations, usage, finish = "", [], None, None
        for chunk in ask(model=name, stream=True, stream_options={"include_usage": True}):
            usage = chunk.usage or usage
            for choice in chunk.choices:
                content += choice.delta.content or ""
                annotations += getattr(choice.delta, "annotations", None) or []
                finish = choice.finish_reason or finish
        cites(content, annotations)
        assert finish == "stop" and usage.total_tokens > 100
        assert model.RIGHT in content and (model.WRONG in content) == wrong, content

    follow_up = ask(messages=TALK).choices[0].message
    cites(follow_up.content, [annotation.model_dump() for annotation in follow_up.annotations])
    assert model.REWRITTEN in str(model.Model.seen[-1]), "the follow-up was resolved before it was asked"

    for error, more in (
        (openai.NotFoundError, {"model": "gpt-5"}),
        (openai.BadRequestError, {"n": 2}),
        (openai.BadRequestError, {"tools": [{"type": "function", "function": {"name": "x"}}]}),
        (openai.BadRequestError, {"messages": []}),
    ):
        try:
            ask(**more)
        except error as caught:
            assert caught.param and caught.code and caught.message, caught
        else:
            raise AssertionError(f"{more} was taken")


def retries(base):
    """Whoever calls more often than the limit is told when to come again, and comes again."""
    client = openai.OpenAI(base_url=base, api_key="none", max_retries=0)
    try:
        for _ in range(100):
            client.models.list()
    except openai.RateLimitError as error:
        assert 1 <= int(error.response.headers["retry-after"]) <= 6, error.response.headers
        assert error.message and error.code, error
    else:
        raise AssertionError("no call was refused")
    answer = client.with_options(max_retries=2).models.with_raw_response.list()
    assert answer.status_code == 200 and answer.retries_taken >= 1, answer.retries_taken


def langchain(base):
    chat = ChatOpenAI(model="dragoman", base_url=base, api_key="none", max_retries=0)
    assert model.RIGHT in chat.invoke(QUESTION).content
    assert model.RIGHT in "".join(chunk.content for chunk in chat.stream(QUESTION))
    talk = [(turn["role"], turn["content"]) for turn in TALK]
    assert "[1]" in chat.invoke(talk).content
    assert model.REWRITTEN in str(model.Model.seen[-1])


def llama_index(base):
    llm = OpenAILike(model="dragoman", api_base=base, api_key="none", is_chat_model=True, max_retries=0)
    assert model.RIGHT in str(llm.complete(QUESTION))
    said = ""
    for chunk in llm.stream_chat([ChatMessage(role="user", content=QUESTION)]):
        said += chunk.delta or ""
    assert model.RIGHT in said, said
    talk = [ChatMessage(role=turn["role"], content=turn["content"]) for turn in TALK]
    assert "[1]" in llm.chat(talk).message.content
    assert model.REWRITTEN in str(model.Model.seen[-1])
