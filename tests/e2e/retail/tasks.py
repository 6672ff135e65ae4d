"""What people want of the shop, and what becomes of it: 42 tasks with a scripted user and model.

A task is who asks, the user's turns, what the model calls in each turn, and which of these calls
the shop must have done in the end. The model has no judgement: it calls what the script says, so
that whatever is not to happen is kept from happening by the gateway or by the shop.
"""

import dataclasses

import shop


def call(name, **arguments):
    return {"name": name, "arguments": arguments}


@dataclasses.dataclass
class Task:
    name: str
    user: str
    turns: list  # of (what the user says, [what the model calls, a list for calls at once])
    done: tuple = ()  # the writes that happen, as (name, arguments)
    told: str = ""  # a word of the results that the model was told

    def say(self, number):
        """What the user says in a turn: the model knows by it where it is."""
        return f"[{self.name}#{number}] {self.turns[number][0]}"


def order(number):
    return f"ORD-{number}"


def lookups():
    for number in (101, 102, 103, 104, 105, 106):
        yield Task(f"look-{number}", "ute", [(f"where is {order(number)}?",
                                             [call("get_order", order_id=order(number))])],
                   told="total")
    yield Task("list", "ute", [("my orders?", [call("list_orders", user_id="ute")])],
               told="ORD-124")
    yield Task("price", "vera", [("what is a big lamp?", [call("get_product", sku="LAMP-L")])],
               told="129")
    yield Task("no-product", "vera", [("a sofa?", [call("get_product", sku="SOFA")])],
               told="there is no SOFA")
    yield Task("no-order", "ute", [("where is ORD-999?", [call("get_order", order_id="ORD-999")])],
               told="belongs to somebody else")


def writes():
    """Of pending orders (numbers that 4 divides) and delivered ones (odd numbers)."""
    for number in (104, 108, 112):
        args = {"order_id": order(number), "reason": "no longer needed"}
        yield Task(f"cancel-{number}", "ute",
                   [("cancel it", [call("get_order", order_id=order(number)),
                                   call("cancel_order", **args)])],
                   done=(("cancel_order", args),))
    for number in (116, 120):
        args = {"order_id": order(number), "address": f"Oak Lane {number}, Shelbyville"}
        yield Task(f"move-{number}", "ute", [("I have moved", [call("change_address", **args)])],
                   done=(("change_address", args),))
    for number in (101, 103, 105, 107):
        args = {"order_id": order(number), "sku": bought(number)[0]}
        yield Task(f"return-{number}", "ute",
                   [("I send it back", [call("get_order", order_id=order(number))]),
                    ("yes, that one", [call("return_item", **args)])],
                   done=(("return_item", args),))
    for number, new in exchanges():
        args = {"order_id": order(number), "sku": new[0], "new_sku": new[1]}
        yield Task(f"exchange-{number}", "ute", [("another one", [call("exchange_item", **args)])],
                   done=(("exchange_item", args),))
    for number, amount in ((109, 5), (111, 12.5), (113, 0.01)):
        args = {"order_id": order(number), "amount": amount}
        yield Task(f"refund-{number}", "ute", [("it was late", [call("refund_order", **args)])],
                   done=(("refund_order", args),))
    both = [{"order_id": order(121), "sku": sku} for sku in bought(121)[:2]]
    yield Task("return-two", "ute",
               [("both back", [[call("return_item", **args) for args in both]])],
               done=tuple(("return_item", args) for args in both))
    args = {"order_id": order(204), "reason": "ordered by mistake"}
    yield Task("cancel-vera", "vera", [("cancel", [call("cancel_order", **args)])],
               done=(("cancel_order", args),))


def bought(number):
    return [item["sku"] for one in shop.first_orders() if one["order_id"] == order(number)
            for item in one["items"]]


def exchanges():
    """(order, (what, for what)) of three delivered orders."""
    found = []
    for number in (115, 117, 119, 123):
        for sku in bought(number):
            others = [new for new, (family, _) in sorted(shop.PRODUCTS.items())
                      if family == shop.PRODUCTS[sku][0] and new != sku]
            if others:
                found.append((number, (sku, others[0])))
                break
    return found[:3]


def refusals():
    """What nobody may, and what the shop does not do."""
    theirs = {"order_id": order(204)}
    yield Task("theirs-look", "ute", [("where is hers?", [call("get_order", **theirs)])],
               told="belongs to somebody else")
    yield Task("theirs-list", "ute", [("her orders?", [call("list_orders", user_id="vera")])],
               told="not allowed")
    for name, more in (("cancel_order", {"reason": "no longer needed"}),
                       ("change_address", {"address": "My House"}),
                       ("return_item", {"sku": "MUG-RED"}),
                       ("exchange_item", {"sku": "MUG-RED", "new_sku": "MUG-BLUE"}),
                       ("refund_order", {"amount": 1})):
        yield Task(f"theirs-{name}", "ute", [("do it", [call(name, **theirs, **more)])],
                   told="belongs to somebody else")
    yield Task("late-cancel", "ute",
               [("cancel", [call("cancel_order", order_id=order(102), reason="no longer needed")])],
               told="cannot be cancelled")
    yield Task("late-move", "ute",
               [("moved", [call("change_address", order_id=order(106), address="Elsewhere 1")])],
               told="has its address")
    yield Task("not-mine-to-return", "ute",
               [("back", [call("return_item", order_id=order(101), sku="SOFA")])],
               told="there is no SOFA")
    yield Task("other-kind", "ute",
               [("swap", [call("exchange_item", order_id=order(109), sku=bought(109)[0],
                               new_sku=other_family(bought(109)[0]))])],
               told="another kind")
    yield Task("too-much", "ute",
               [("all", [call("refund_order", order_id=order(111), amount=9999)])], told="is left")
    yield Task("nothing", "ute",
               [("none", [call("refund_order", order_id=order(111), amount=0)])], told="do not fit")
    yield Task("bad-reason", "ute",
               [("cancel", [call("cancel_order", order_id=order(124), reason="because")])],
               told="do not fit")
    yield Task("bad-order", "ute", [("where?", [call("get_order", order_id="../state")])],
               told="do not fit")


def other_family(sku):
    return next(new for new, (family, _) in sorted(shop.PRODUCTS.items())
                if family != shop.PRODUCTS[sku][0])


TASKS = [*lookups(), *writes(), *refusals()]


def lab_script(models):
    """The model: in each turn of a task its calls, one answer after the other, then a word."""
    rules = []
    for task in TASKS:
        for number, (said, calls) in enumerate(task.turns):
            for step, one in enumerate(calls):
                # Of earlier turns it is given the last word alone.
                rules.append({"match": {"user_contains": [task.say(number)],
                                        "turn": number + step + 1},
                              "answer": {"tool_calls": one if isinstance(one, list) else [one]}})
            rules.append({"match": {"user_contains": [task.say(number)]},
                          "answer": f"That is that, as to: {said}"})
    return {"models": models, "keys": ["env:HEADGATE_E2E_LAB_KEY"], "prompt_cache": False,
            "rules": rules}
