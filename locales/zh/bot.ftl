# What the bot says of its own. Facts come from articles, never from here.
bot-name = 购物助手
bot-greeting = 您好！我是 { $shop } 的购物助手。订单、配送、退换货、商品，都可以问我，怎么顺口怎么说就行。
bot-thanks = 不客气！还有什么能帮您的吗？
bot-goodbye = 再见，谢谢您来逛逛。我全天都在，随时找我。
bot-identity = 我是 { $shop } 的自动助手，不是真人。我根据帮助中心的内容回答，每个答案都会告诉您出自哪一页。想找真人客服，说一声就好。
bot-help = 订单、付款、配送、退货、尺码、保养、礼品卡、积分和门店的问题，我都能回答，并附上答案所在的页面。我帮不上的，会请真人同事来。
bot-affirm-what = 好的，您想了解什么？
bot-deny-ok = 好的。还有别的能帮您吗？
bot-clarify = 我想确认一下，免得答错。您问的是哪一个？
bot-clarify-none = 都不是
bot-unknown = 这个问题我不知道答案，也不想乱猜。要不要我请同事来帮您？
bot-perhaps = 您可以先看看这几条，也许用得上：
bot-rephrase = 那请您换个说法，告诉我想了解什么。
bot-related = 您可能还想知道：
bot-other-language = 这部分内容暂时只有{ $language }版，原文如下：
bot-person-yes = 好，请真人来
bot-person-no = 不用了，谢谢
bot-handover-open = 我已经请同事加入这个对话。您写过的内容同事都看得到，不用再说一遍。
bot-handover-closed = 我已经把您的对话排进同事的队列。同事现在不在，{ $back }回来；您写过的内容他们都看得到，不用再说一遍。您也可以发邮件到 { $email }。
bot-handover-complaint = 给您添麻烦了，非常抱歉。
bot-handover-value = 这笔金额比较大，要由我们的同事来处理。
bot-handover-failures = 很抱歉，一直没能帮上您。
bot-waiting = 好的，我已经补充给接手的同事了。
bot-no-back = 稍后
bot-handover-anger = 实在抱歉，让您着急了。
bot-handover-place = 您排在第 { $place } 位。
bot-rate = 这次聊天您觉得怎么样？

# Products
bot-products-found = 店里有这些符合您的要求：
bot-products-found-for = 店里有这些符合您的要求（{ $limits }）：
bot-products-advice = 您看看这几款怎么样？
bot-products-more = 再给您看几款：
bot-products-more-beside = 这类就这些了，您也可以看看相近的：
bot-products-cheaper = 这几款更便宜：
bot-products-like = 这几款和它类似：
bot-products-budget = 合适的有不少。您的预算最多是多少？
bot-products-no-more = 符合要求的就这些了。要不要放宽一点，比如价格或颜色？
bot-products-no-cheaper = 符合要求的里面，没有比刚才几款更便宜的了。告诉我您最看重什么，我再帮您找找别的。
bot-products-none = 店里没有全都符合的商品。告诉我您最看重什么，我再帮您找。
bot-products-without-colour = 符合要求的没有这个颜色，其他颜色有这些：
bot-products-without-size = 没有找到这个尺码的，其他尺码里这些比较接近：
bot-products-without-persons = 没有找到正好适合这个人数的，这些最接近：
bot-products-without-audience = 没有找到专门为这类人群做的，这些也许同样合适：
bot-products-without-brand = 这个品牌没有合适的，其他品牌有：
bot-products-without-price = 这个价位没有合适的，这些最接近：
bot-goes-with = 和 { $item } 很搭的有：
bot-dismissed = 好的，不会再给您推荐 { $item }。
bot-compare = 放在一起给您对比：
limit-size = 尺码 { $size }
limit-persons = { $persons ->
   *[other] { $persons } 人用
}
limit-men = 男款
limit-women = 女款
limit-kids = 儿童款
limit-babies = 婴儿款
limit-min = { $amount } 起
limit-max = 不超过 { $amount }
limit-not = 不要 { $name }
list-comma = 、
button-under = { $amount } 以下
button-more = 再看一些
button-compare = 对比一下
button-apply = 使用 { $code }
card-view = 查看
card-add = 加入购物车
card-like = 看类似的
card-dismiss = 不感兴趣
card-copy = 复制优惠码
card-apply = 使用
card-until = 有效期至 { $day }
card-offer = 享受自动优惠后 { $total }
card-offer-code = 使用优惠码 { $code } 后 { $total }
compare-price = 价格
compare-brand = 品牌
compare-stock = 库存
attribute-weight = 重量
attribute-capacity = 容量
attribute-temperature-rating = 最低适用温度
attribute-size = 尺码
attribute-color = 颜色
attribute-material = 材质
attribute-season = 季节
attribute-use = 用途
attribute-activity = 适合活动

# Stock
stock-some = 有货
stock-few = { $left ->
   *[other] 仅剩 { $left } 件
}
stock-none = 已售完
stock-preorder = 可预订
stock-backorder = 正在补货，可以下单
stock-yes = 有的，{ $item } 可以买。{ $stock }。
stock-yes-size = 有的，{ $item } 有尺码 { $size }。{ $stock }。
stock-out = 很抱歉，{ $item } 已经卖完了。
stock-out-size = { $item } 有尺码 { $size }，不过已经卖完了。
stock-no-size = { $item } 没有尺码 { $wanted }，现有尺码：{ $sizes }。
stock-unsized = { $item } 只有一个尺码。
stock-no-colour = { $item } 没有 { $wanted }，现有颜色：{ $colours }。

# The cart
bot-cart-added = 已把 { $count } × { $item } 放进您的购物车。
bot-cart-removed = 已把 { $item } 从购物车里移除。
bot-cart-has-none = 您的购物车里没有 { $item }。
bot-cart-unreachable = 我在这里连不上您的购物车。您可以到[商品页面]({ $page })添加 { $item }。
bot-cart-sold-out = 很抱歉，{ $item } 已经卖完了，没法加入购物车。
bot-cart-quantity = { $item } 的数量超过一单的上限了。
bot-cart-full = 您的购物车满了，{ $item } 没能放进去。
bot-cart-failed = 刚才没有成功，请稍等一下再试。
bot-cart-empty = 您的购物车是空的。
bot-cart-holds = { $pieces ->
   *[other] 您的购物车里有 { $pieces } 件商品：
}
bot-cart-line = - { $count } × { $item }：{ $costs }
bot-cart-offer = “{ $offer }”减 { $amount }。
bot-cart-total = 含运费合计 { $total }。[打开购物车](/cart)

# Offers
bot-offers = 现在有这些优惠：
bot-offer-code = 优惠码：{ $code }。
bot-offer-automatic = 放进购物车会自动减。
bot-offers-cart = 现在有这些优惠，用在您的购物车上是这样：
bot-offers-none = 现在没有进行中的优惠。
bot-offers-none-for-it = 这个现在没有专门的优惠。正在进行的优惠有：
bot-offer-worth = 您的购物车可减 { $amount }。
bot-code-worth = 优惠码 { $code } 可以用，您的购物车可减 { $amount }。
bot-code-not-yet = 优惠码 { $code } 是有效的，只是您的购物车还不满足条件。{ $why }这个优惠码的内容：{ $offer }
bot-code-unknown = 人人可用的优惠码里，我没有找到 { $code }。请检查一下有没有输错；如果是单独发给您的，请在[购物车](/cart)里输入，那里会核对。
bot-codes-together = { $one } 和 { $other } 可以在同一个订单里一起用。
bot-codes-not-together = { $one } 和 { $other } 不能一起用，一个订单只能用其中一个。
bot-code-no-cart = 请在购物车里输入 { $code }，我在这里连不上购物车。
bot-code-empty-cart = 您的购物车是空的。先放点商品进去，就可以用 { $code } 了。
bot-code-many = 购物车里的优惠码已经太多了，请先移除一个。
bot-code-applied = 好了，{ $code } 减了 { $amount }。
bot-code-kept = { $code } 已经在您的购物车里了。
bot-code-waits = 已把 { $code } 放进您的购物车，不过现在还没有减。{ $why }
bot-code-good = 优惠码 { $code } 可以用。{ $offer }
bot-code-bad = 关于优惠码 { $code }：{ $why }

# Why a product is shown
reason-because-you-looked-at = 因为您看过 { $item }
reason-often-together = 常和 { $item } 一起买
reason-like = 和 { $item } 类似
reason-session = 看过同样商品的人还看了它
reason-shoppers-like-you = 和您口味相近的顾客喜欢
reason-trending = 最近很热门
reason-popular = 很多人都喜欢
reason-new = 新上架

# Orders
bot-order-ask-number-status = 我来帮您查。请问订单号是多少？订单号是五位数字，在确认邮件里。
bot-order-ask-number-cancel = 只要还没发出，我就可以帮您办。请问订单号是多少？
bot-order-ask-number-change-address = 我来帮您改正。请问订单号是多少？
bot-order-ask-number-return = 我来帮您退货。请问订单号是多少？
bot-order-ask-number-exchange = 我来帮您换货。请问订单号是多少？
bot-order-ask-number-refund = 我来看看您的退款到哪一步了。请问订单号是多少？
bot-order-ask-number-reinstate = 请问订单号是多少？
bot-order-ask-number-restore-address = 请问订单号是多少？
bot-order-ask-number-withdraw = 请问订单号是多少？
bot-order-ask-proof = 谢谢。为了不让别人看到您的订单，请告诉我：您下单用的是哪个邮箱，或者订单寄往的邮编是多少？
bot-order-ask-lines = 您想退回哪些商品？
bot-order-ask-reason = 请问是什么原因？这能帮我们改进。
bot-order-ask-exchange-for = 您想换成哪个尺码或颜色？
bot-order-ask-address = 正确的地址是什么？请写在一行里：街道和门牌号、城市、州和邮编。
bot-order-ask-confirm = 要我这样办吗？
bot-order-not-found = 按这个订单号和这些信息，我没有找到订单。请都核对一下，再发给我。
bot-order-not-found-again = 还是没有找到。要不要我请同事来查？
bot-order-too-many = 刚才尝试的次数太多了，为了订单安全，我先停止查询。请过一会儿再试。要不要我请同事来帮您？
bot-order-away = 我们的订单系统暂时没有回应，请过几分钟再试。要不要我请同事来帮您？
bot-order-change-failed = 我们的订单系统暂时没有回应，据我所知，没有做任何改动。请过几分钟再试。
bot-order-not-understood = 抱歉，我没听明白。
bot-order-back-to = 回到您的订单：{ $question }
bot-order-back-to-confirm = 回到您的订单：要我继续办吗？
bot-form-left = 好的，一切保持原样。还有别的能帮您吗？
bot-order-yes = 好，请办理
bot-order-no = 不用，保持原样
bot-order-head = 订单 { $number }，{ $placed }下单，{ $total }。
bot-order-line = - { $count } × { $item }
bot-order-line-exchange = - { $count } × { $item }，换成 { $wanted }
bot-order-is-placed = 订单已提交，我们正在备货。
bot-order-is-packed = 订单已打包，接下来就发出。
bot-order-is-cancelled = 订单已取消。
bot-order-was-shipped = 已于 { $day }由 { $carrier } 发出，运单号 { $tracking }。
bot-order-was-delivered = { $carrier } 已于 { $day }送达（{ $tracking }）。
bot-order-expected = 预计在 { $from }至 { $to }之间送到您手中。
bot-order-expected-day = 预计 { $day }送到您手中。
bot-order-is-old = { $minutes ->
   *[other] 我们的订单系统暂时没有回应；这是 { $minutes } 分钟前的情况。
}
bot-return-is-requested = 退货已于 { $day }发起；我们收到退货后，退还 { $amount }。
bot-return-is-withdrawn = 有一项退货已于 { $day }撤回。
bot-return-is-received = 您的退货已于 { $day }送到我们这里。
bot-return-is-exchanged = 您的退货已于 { $day }送到我们这里，换的商品正在路上。
bot-return-is-refunded = 您的退货已于 { $day }送到我们这里，{ $amount } 已经退还。
bot-return-label = 这是您的[退货标签]({ $label })。
bot-refund-is-due = 有一笔 { $amount } 的退款正在退给您，自 { $day }起应退。
bot-refund-was-sent = 我们已于 { $day }退给您 { $amount }；银行要过几天才会显示。
bot-refund-was-credited = 我们已于 { $day }把 { $amount } 作为店铺余额退给您。
bot-refund-none = 订单 { $number } 没有退款：其中没有商品退回，也没有商品取消。
bot-order-button-status = 查我的订单
bot-order-button-cancel = 取消订单
bot-order-button-change-address = 修改地址
bot-order-button-return = 退货
bot-order-button-exchange = 换货
bot-order-button-refund = 查我的退款
bot-order-button-reinstate = 撤销
bot-order-button-restore-address = 撤销
bot-order-button-withdraw = 撤回退货
bot-order-confirm-cancel = 要取消订单 { $number }（{ $total }）吗？款项会退回您原来的付款方式。
bot-order-confirm-address = 订单 { $number } 将寄到：{ $address }。对吗？
bot-order-confirm-return = 我将为订单 { $number } 发起这项退货：

    { $lines }

    可以吗？
bot-order-confirm-exchange = 我将为订单 { $number } 发起这项换货：

    { $lines }

    可以吗？
bot-order-confirm-undo = 要我撤销吗？
bot-order-done-cancel = 好了，订单 { $number } 已取消，{ $amount } 会退回您原来的付款方式。
bot-order-done-reinstate = 好了，订单 { $number } 已恢复。
bot-order-done-address = 好了，订单 { $number } 会寄到 { $address }。
bot-order-done-return = 好了，退货已发起。我们收到退货后，{ $amount } 会退回您原来的付款方式。
bot-order-done-exchange = 好了，换货已发起。
bot-order-done-fee = 退货费用是 { $fee }，会从中扣除。
bot-order-done-withdraw = 好了，订单 { $number } 的退货已撤回。
bot-order-cannot-status = 订单 { $number } 不能这样办理。
bot-order-cannot-cancel = 订单 { $number } 不能取消。
bot-order-cannot-change-address = 订单 { $number } 的地址不能修改。
bot-order-cannot-return = 订单 { $number } 不能发起这项退货。
bot-order-cannot-exchange = 订单 { $number } 不能发起这项换货。
bot-order-cannot-refund = 订单 { $number } 不能这样办理。
bot-order-cannot-reinstate = 订单 { $number } 不能恢复。
bot-order-cannot-restore-address = 订单 { $number } 不能改回原来的地址。
bot-order-cannot-withdraw = 订单 { $number } 的退货不能撤回。
bot-order-why-already-packed = 订单已经打包了。
bot-order-why-already-shipped = 订单已经发出了。您可以拒收包裹，或者收到后再寄回。
bot-order-why-already-delivered = 订单已经送达了。
bot-order-why-already-cancelled = 订单已经取消了。
bot-order-why-not-cancelled = 订单并没有取消。
bot-order-why-not-packed = 订单还没有打包。
bot-order-why-not-shipped = 订单还没有发出。
bot-order-why-not-delivered = 订单还没有送达，送到之后才能开始退货。
bot-order-why-still-changeable = 订单还没有发出，您仍然可以改为取消订单。
bot-order-why-too-late = 已经过了可以办理的时间。
bot-order-why-nothing-left = 里面的商品都已经退回，或者正在退回的路上。
bot-order-why-not-returnable = 这件商品不能退，除非它有问题。
bot-order-why-other-product = 换货只能换同一商品的其他尺码或颜色。
bot-order-why-sold-out = 您想换的目前没有货。
bot-order-why-price-changed = 其中的优惠已经不能按那个价格享受了，请重新下单。
bot-order-why-already-received = 商品已经在我们这里了。
bot-order-why-already-withdrawn = 之前已经撤回了。
bot-order-why-already-refunded = 款项已经退还了。
bot-order-why-nothing-to-undo = 没有可以撤销的。
bot-order-why-other = 商店的系统不允许这样操作。
bot-return-reason-too-small = 太小
bot-return-reason-too-large = 太大
bot-return-reason-not-as-expected = 和我想的不一样
bot-return-reason-changed-mind = 我改变主意了
bot-return-reason-faulty = 商品有问题
bot-return-reason-wrong-item = 收到的商品不对
bot-return-reason-damaged = 收到时已损坏
bot-return-reason-other = 其他原因
bot-handover-contact = 您在这里留下邮箱的话，同事也会发邮件回复您。
bot-contact-kept = 谢谢您。我们的同事会发邮件到 { $email }。
bot-agent-joined = { $agent }已加入对话。
bot-agent-left = { $agent }已离开，由自动助手继续为您服务。
bot-resolved = 本次对话已结束。有需要随时再来找我们。
bot-attachment = 谢谢，文件收到了。图片和文档我自己看不了，不过真人同事可以看。
