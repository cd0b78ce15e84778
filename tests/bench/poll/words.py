"""Sentences in five languages, of real place names and everyday words: as many as wanted, and no two alike."""

from __future__ import annotations

import random
from dataclasses import dataclass


@dataclass(frozen=True)
class Tongue:
    """A language's words. ``weight`` is the mean bytes of a word and its space in UTF-8."""

    language: str
    words: list[str]
    places: list[str]
    truce: list[str]
    names: list[str]

    @property
    def weight(self) -> float:
        """Say how many bytes a word and the space behind it take on average."""
        return sum(len(word.encode()) + 1 for word in self.words) / len(self.words)

    def sentence(self, chance: random.Random, count: int) -> str:
        """Make up a sentence of ``count`` words, with a place in it as often as news have one."""
        words = chance.choices(self.words, k=count)
        if chance.random() < _PLACED:
            words[chance.randrange(count)] = chance.choice(self.places)
        made = " ".join(words)
        return made[0].upper() + made[1:]

    def text(self, chance: random.Random, size: int) -> str:
        """Make up sentences of about ``size`` bytes together."""
        left, made = max(4, int(size / self.weight)), []
        while left > 0:
            count = min(left, chance.randint(7, 18))
            made.append(self.sentence(chance, count) + ".")
            left -= count
        return " ".join(made)


_PLACED = 0.3

TONGUES = (
    Tongue(
        "en",
        "the a of and to in on for with from after before under over again while about against between among "
        "minister president parliament council court police army border road bridge school hospital market port "
        "harvest winter rain flood river valley mountain village city district province government opposition "
        "coalition election vote talks meeting visit summit envoy delegation statement report survey study "
        "says said told warned announced denied confirmed urged called promised began ended returned opened closed "
        "rose fell grew slowed resumed delayed agreed refused rejected welcomed criticised expected planned "
        "people families children teachers doctors farmers workers students refugees residents volunteers drivers "
        "aid food fuel water power bread medicine shelter grain oil gas prices wages budget trade sanctions bank "
        "new first last long early late next several thousands hundreds many few most local regional national "
        "foreign public private military civil humanitarian economic political yesterday today tomorrow week month "
        "convoy shipment agreement crossing airport railway factory museum festival match team season league".split(),
        "Syria Idlib Aleppo Damascus Homs Turkey Ankara Istanbul Russia Moscow Iran Tehran Iraq Baghdad Lebanon "
        "Beirut Jordan Amman Egypt Cairo France Paris Germany Berlin London Kyiv Ukraine Poland Warsaw Greece Athens "
        "Cyprus Qatar Doha Kuwait Yemen Sanaa Libya Tripoli Tunisia Morocco Sudan Khartoum India Delhi China Beijing "
        "Japan Tokyo Brazil Canada Mexico Kenya Nairobi Spain Madrid Italy Rome".split(),
        ["ceasefire", "truce"],
        ["Jane Harlow", "Omar Field", "Ruth Calder", "Peter Lund", "Nadia Brook", "Staff writers"],
    ),
    Tongue(
        "ar",
        "في من إلى على عن مع بعد قبل بين ضد حول خلال أمام نحو منذ حتى وزير رئيس برلمان مجلس محكمة شرطة جيش حدود طريق "
        "جسر مدرسة مستشفى سوق ميناء حصاد شتاء مطر فيضان نهر وادي جبل قرية مدينة منطقة محافظة حكومة معارضة تحالف "
        "انتخابات تصويت محادثات اجتماع زيارة قمة مبعوث وفد بيان تقرير دراسة قال أعلن أكد نفى حذر دعا وعد بدأ انتهى عاد "
        "افتتح أغلق ارتفع انخفض استأنف تأخر وافق رفض رحب انتقد توقع خطط الناس عائلات أطفال معلمون أطباء مزارعون عمال "
        "طلاب لاجئون سكان متطوعون مساعدات غذاء وقود ماء كهرباء خبز دواء مأوى حبوب نفط غاز أسعار أجور ميزانية تجارة "
        "عقوبات بنك جديد أول أخير طويل مبكر عدة آلاف مئات كثير معظم محلي إقليمي وطني أجنبي عام خاص عسكري مدني إنساني "
        "اقتصادي سياسي أمس اليوم غدا أسبوع شهر قافلة شحنة اتفاق معبر مطار سكة مصنع متحف مهرجان مباراة فريق موسم".split(),
        "سوريا إدلب حلب دمشق حمص تركيا أنقرة إسطنبول روسيا موسكو إيران طهران العراق بغداد لبنان بيروت الأردن عمان مصر "
        "القاهرة فرنسا باريس ألمانيا برلين لندن كييف أوكرانيا بولندا وارسو اليونان أثينا قبرص قطر الدوحة الكويت اليمن "
        "صنعاء ليبيا طرابلس تونس المغرب السودان الخرطوم الهند الصين بكين اليابان طوكيو البرازيل كندا المكسيك كينيا".split(),
        ["هدنة", "الهدنة"],
        ["ليلى حداد", "سامر نجار", "هدى منصور", "كريم صالح", "فريق التحرير"],
    ),
    Tongue(
        "fa",
        "در از به با برای پس پیش میان درباره هنگام روی زیر تا که این آن وزیر رئیس مجلس شورا دادگاه پلیس ارتش مرز جاده پل "
        "مدرسه بیمارستان بازار بندر برداشت زمستان باران سیل رود دره کوه روستا شهر بخش استان دولت مخالفان ائتلاف انتخابات "
        "رای گفتگو نشست دیدار سفر فرستاده هیئت بیانیه گزارش بررسی گفت افزود هشدار اعلام تکذیب تایید خواست قول آغاز پایان "
        "بازگشت گشود بست رشد کاهش ادامه تاخیر موافقت رد استقبال انتقاد انتظار برنامه مردم خانواده کودکان آموزگاران "
        "پزشکان کشاورزان کارگران دانشجویان پناهندگان ساکنان داوطلبان کمک غذا سوخت آب برق نان دارو سرپناه غلات نفت گاز "
        "قیمت دستمزد بودجه بازرگانی تحریم بانک تازه نخست واپسین بلند زود دیر چند هزاران صدها بسیار محلی ملی خارجی عمومی "
        "نظامی مدنی انسانی اقتصادی سیاسی دیروز امروز فردا هفته ماه کاروان محموله توافق گذرگاه فرودگاه کارخانه موزه".split(),
        "سوریه ادلب حلب دمشق حمص ترکیه آنکارا استانبول روسیه مسکو ایران تهران عراق بغداد لبنان بیروت اردن مصر قاهره "
        "فرانسه پاریس آلمان برلین لندن اوکراین لهستان ورشو یونان آتن قبرس قطر دوحه کویت یمن صنعا لیبی تونس مراکش سودان "
        "هند چین پکن ژاپن توکیو برزیل کانادا مکزیک کنیا اسپانیا مادرید ایتالیا رم".split(),
        ["آتش‌بس"],
        ["مریم کاوه", "رضا بهار", "نگار شریف", "امیر دانا", "گروه خبر"],
    ),
    Tongue(
        "ru",
        "в на с по из для после перед между против около через под над снова пока министр президент парламент совет суд "
        "полиция армия граница дорога мост школа больница рынок порт урожай зима дождь наводнение река долина гора "
        "деревня город район область правительство оппозиция коалиция выборы голосование переговоры встреча визит саммит "
        "посланник делегация заявление доклад опрос исследование сказал сообщил предупредил объявил опроверг подтвердил "
        "призвал пообещал начал закончил вернулся открыл закрыл вырос упал замедлился возобновил отложил согласился "
        "отказался приветствовал критиковал ожидает планирует люди семьи дети учителя врачи фермеры рабочие студенты "
        "беженцы жители волонтёры водители помощь еда топливо вода электричество хлеб лекарства жильё зерно нефть газ "
        "цены зарплаты бюджет торговля санкции банк новый первый последний долгий ранний несколько тысячи сотни многие "
        "местный региональный иностранный военный гражданский вчера сегодня завтра неделя месяц колонна груз соглашение "
        "переход аэропорт завод музей фестиваль матч команда сезон".split(),
        "Сирия Идлиб Алеппо Дамаск Хомс Турция Анкара Стамбул Россия Москва Иран Тегеран Ирак Багдад Ливан Бейрут "
        "Иордания Египет Каир Франция Париж Германия Берлин Лондон Киев Украина Польша Варшава Греция Афины Кипр Катар "
        "Доха Кувейт Йемен Ливия Тунис Марокко Судан Индия Китай Пекин Япония Токио Бразилия Канада Мексика Кения".split(),
        ["перемирие"],
        ["Анна Ветрова", "Игорь Лесной", "Мария Седова", "Павел Громов", "Редакция"],
    ),
    Tongue(
        "tr",
        "ve ile için sonra önce arasında karşı hakkında boyunca altında üzerinde yeniden bakan başkan meclis konsey "
        "mahkeme polis ordu sınır yol köprü okul hastane pazar liman hasat kış yağmur sel nehir vadi dağ köy şehir ilçe "
        "bölge hükümet muhalefet koalisyon seçim oylama görüşme toplantı ziyaret zirve temsilci heyet açıklama rapor "
        "araştırma dedi söyledi uyardı duyurdu yalanladı doğruladı çağırdı başladı bitti döndü açıldı kapandı yükseldi "
        "düştü büyüdü yavaşladı sürdü gecikti anlaştı reddetti karşıladı eleştirdi bekleniyor planlıyor insanlar aileler "
        "çocuklar öğretmenler doktorlar çiftçiler işçiler öğrenciler mülteciler sakinler gönüllüler yardım gıda yakıt su "
        "elektrik ekmek ilaç barınak tahıl petrol gaz fiyatlar ücretler bütçe ticaret yaptırımlar banka yeni ilk son uzun "
        "erken geç birkaç binlerce yüzlerce çok yerel ulusal yabancı kamu özel askeri sivil insani ekonomik siyasi dün "
        "bugün yarın hafta ay konvoy sevkiyat anlaşma geçit havalimanı fabrika müze festival maç takım sezon".split(),
        "Suriye İdlib Halep Şam Humus Türkiye Ankara İstanbul Rusya Moskova İran Tahran Irak Bağdat Lübnan Beyrut Ürdün "
        "Mısır Kahire Fransa Paris Almanya Berlin Londra Kiev Ukrayna Polonya Varşova Yunanistan Atina Kıbrıs Katar Doha "
        "Kuveyt Yemen Libya Tunus Fas Sudan Hindistan Çin Pekin Japonya Tokyo Brezilya Kanada Meksika Kenya".split(),
        ["ateşkes"],
        ["Elif Yıldız", "Mert Kaya", "Deniz Aksoy", "Can Demir", "Haber merkezi"],
    ),
)
