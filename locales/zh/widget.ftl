widget-open = 打开聊天
widget-close = 关闭聊天
widget-send = 发送
widget-placeholder = 想问什么，写在这里…
widget-typing = 助手正在输入
widget-offline = 网络断开了，消息会在恢复后发出。
widget-reconnecting = 正在重新连接…
widget-failed = 没有发出
widget-retry = 重试
widget-too_long = 这条消息太长了。
widget-thumbs_up = 有帮助
widget-thumbs_down = 没帮助
widget-source = 出处
widget-unread = { $n } 条未读
widget-you = 您
widget-bot = 助手
widget-new_messages = 新消息
widget-today = 今天
widget-yesterday = 昨天
widget-conversation_ended = 这次对话已结束。
widget-start_over = 开始新的对话
widget-powered_by = 掌柜 Shopkeeper
widget-person_on_the_way = 已请同事加入
widget-messages_log = 消息
widget-greeting = 您好！有什么可以帮您？想怎么问就怎么问，全天都在。
widget-welcome_back = 欢迎回来！
widget-hours-open = 现在也有真人同事在。
widget-hours-closed = 助手全天都在。真人同事{ $back }回来。

# Cards of products and offers
widget-cards = 商品和优惠
widget-cards_before = 上一个
widget-cards_after = 下一个
widget-price_now = 现价
widget-price_was = 原价
widget-code = 优惠码
widget-copied = 已复制
widget-copied_code = 优惠码 { $code } 已复制。
widget-copy_failed = 优惠码 { $code } 没能复制，请手动选中。
widget-comparison = 对比
widget-comparison_unknown = 不详
widget-comparison_actions = 操作

# Rating a conversation
widget-csat_question = 这次聊天您觉得怎么样？
widget-csat_1 = 很差
widget-csat_2 = 较差
widget-csat_3 = 一般
widget-csat_4 = 满意
widget-csat_5 = 很满意
widget-csat_comment = 还有什么想说的？（选填）
widget-csat_send = 提交评价
widget-csat_thanks = 您给这次聊天打了 { $n } 分（满分 5 分）：{ $label }。谢谢您！
widget-csat_failed = 评价没有提交成功，请再试一次。

# The menu
widget-menu = 更多
widget-cancel = 取消
widget-too_often = 请求太频繁了，请一小时后再试。
widget-transcript = 把聊天记录发到邮箱
widget-transcript_email = 聊天记录的副本发到哪个邮箱？
widget-transcript_send = 发送
widget-transcript_sent = 副本已发到 { $email }。
widget-transcript_wrong = 请填写邮箱，例如 ann@example.com。
widget-transcript_failed = 副本没有发出，请再试一次。

# Speaking and listening
widget-aloud_start = 朗读回复
widget-aloud_stop = 停止朗读
widget-aloud_on = 现在会朗读回复。
widget-aloud_off = 不再朗读回复。
widget-speech_start = 语音输入
widget-speech_stop = 停止聆听
widget-speech_where = 语音由您的浏览器识别；有些浏览器会把听到的内容发给它的厂商。
widget-speech_listening = 正在聆听…
widget-speech_check = 请检查一下文字，再发送。
widget-speech_nothing = 没有听到声音。
widget-speech_refused = 无法使用麦克风。
widget-speech_failed = 您的浏览器刚才没能识别语音。

# Photos and documents
widget-attach = 添加照片或 PDF
widget-attach_check = 把这个发给我们的同事吗？
widget-attach_hint = 真人同事会看到它；助手看不了图片。照片会原样发送，包括其中记录的拍摄时间和地点。
widget-attach_send = 发送
widget-attaching = 正在发送…
widget-attach_kind = 只能发送 PNG、JPEG、WebP、GIF 图片和 PDF 文档。
widget-attach_too_large = 这个文件太大了，最大 { $size }。
widget-attach_too_many = 这次聊天里的文件已经满了。
widget-attach_failed = 这个文件没有发出，请再试一次。
widget-attachment_gone = 这个文件无法加载。
widget-dismiss = 暂时不用
