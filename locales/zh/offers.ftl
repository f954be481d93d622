# Why an offer does not apply, and what would make it.
offer-not-found = 没有找到这个优惠码，请检查一下有没有输错。
offer-not-yet = 这个优惠 { $starts } 开始。
offer-expired = 这个优惠已经结束了。
offer-not-running = 这个优惠目前没有进行。
offer-campaign-used-up = 这个优惠的名额暂时用完了。
offer-budget-spent = 这个优惠剩下的额度不够您这一单用了。
offer-code-used-up = 这个优惠码已经用过了。
offer-used-by-you = 这个优惠您已经用满次数了。
offer-who-are-you = 登录一下，就知道您能不能享受这个优惠。
offer-for-others = 这个优惠是给其他顾客的，您这一单用不了。
offer-other-channel = 这个优惠在这里用不了。
offer-nothing-to-discount = 这个优惠现在减不了什么，先给您留着。
offer-other-currency = 这个优惠只适用于以 { $expected } 结算的订单。
offer-missing-amount = 再加 { $amount } 就能享受这个优惠。
offer-missing-item = { $pieces ->
   *[other] 再加 { $pieces } 件参加这个优惠的商品就可以了。
}
offer-outside-hours = 这个优惠 { $opens } 再次开始。
offer-outside-hours-over = 这个优惠到结束都不会再开始了。
offer-not-combinable = 不能和 { $with } 一起用，我们给您留了更省的那个。
offer-same-campaign = 购物车里已经有这个优惠的优惠码了，用一个就够。
offer-too-many = 购物车里的优惠已经满了，我们留下了最省钱的几个。
offer-next-amount = 再加 { $amount } 能省更多。
offer-next-item = { $pieces ->
   *[other] 再加 { $pieces } 件能省更多。
}
