"""The names of months and weekdays in the languages of newspapers, and the other words that dates are written with.

Names are those of the Unicode CLDR, and other spellings in use, twelve or seven to a line, alternatives after a comma.
A name that means different months in two languages would have to be left out of both.
"""

from __future__ import annotations

from functools import cache

from syndicator.text import fold

_MONTHS = """
january jan | february feb | march mar | april apr | may | june jun | july jul | august aug | september sept sep | october oct | november nov | december dec
января январь янв | февраля февраль февр фев | марта март мар | апреля апрель апр | мая май | июня июнь июн | июля июль июл | августа август авг | сентября сентябрь сент сен | октября октябрь окт | ноября ноябрь нояб ноя | декабря декабрь дек
січня січень січ | лютого лютий лют | березня березень бер | квітня квітень квіт кві | травня травень трав тра | червня червень черв чер | липня липень лип | серпня серпень серп сер | вересня вересень вер | жовтня жовтень жовт жов | листопада листопад лист лис | грудня грудень груд гру
студзеня студзень сту | лютага люты | сакавіка сакавік сак | красавіка красавік кра | мая май | чэрвеня чэрвень чэр | ліпеня ліпень ліп | жніўня жнівень жні | верасня верасень | кастрычніка кастрычнік кас | лістапада лістапад ліс | снежня снежань сне
януари яну | февруари фев | март | април апр | май | юни | юли | август авг | септември сеп | октомври окт | ноември ное | декември дек
јануар јан | фебруар феб | март | април | мај | јун | јул | август | септембар сеп | октобар | новембар нов | децембар дец
ocak oca | şubat şub | mart mar | nisan nis | mayıs may | haziran haz | temmuz tem | ağustos ağu | eylül eyl | ekim eki | kasım kas | aralık ara
yanvar yan | fevral fev | mart | aprel | may | iyun iyn | iyul iyl | avqust avq | sentyabr | oktyabr okt | noyabr noy | dekabr dek
يناير | فبراير | مارس | أبريل ابريل إبريل | مايو | يونيو يونية | يوليو يولية | أغسطس | سبتمبر | أكتوبر | نوفمبر | ديسمبر
كانون_الثاني كانون_ثاني كانون_ثان | شباط | آذار | نيسان | أيار | حزيران | تموز | آب | أيلول | تشرين_الأول تشرين_أول | تشرين_الثاني تشرين_ثاني تشرين_ثان | كانون_الأول كانون_أول
جانفي | فيفري | مارس | أفريل | ماي | جوان | جويلية | أوت | سبتمبر | أكتوبر | نوفمبر | ديسمبر
يناير | فبراير | مارس | أبريل | ماي | يونيو | يوليوز | غشت أغشت | شتنبر شتمبر | أكتوبر | نونبر | دجنبر دجمبر
ژانویه | فوریه | مارس | آوریل | مه می | ژوئن | ژوئیه جولای | اوت آگوست | سپتامبر | اکتبر | نوامبر | دسامبر
جنوری | فروری فبروری | مارچ | اپریل | مئی | جون | جولائی | اگست | ستمبر | اکتوبر | نومبر | دسمبر
کانوونی_دووەم | شوبات | ئازار | نیسان | ئایار | حوزەیران | تەمووز | ئاب | ئەیلوول | تشرینی_یەکەم | تشرینی_دووەم | کانوونی_یەکەم
janvier janv jan | février févr fév | mars | avril avr | mai | juin | juillet juil | août aoû | septembre sept | octobre oct | novembre nov | décembre déc
januar jänner jan jän | februar feber feb | märz mär mrz maerz | april apr | mai | juni jun | juli jul | august aug | september sept sep | oktober okt | november nov | dezember dez
gennaio gen | febbraio feb | marzo mar | aprile apr | maggio mag | giugno giu | luglio lug | agosto ago | settembre sett set | ottobre ott | novembre nov | dicembre dic
enero ene | febrero feb | marzo mar | abril abr | mayo may | junio jun | julio jul | agosto ago | septiembre setiembre sept sep set | octubre oct | noviembre nov | diciembre dic
janeiro jan | fevereiro fev | março mar | abril abr | maio mai | junho jun | julho jul | agosto ago | setembro set | outubro out | novembro nov | dezembro dez
ינואר ינו | פברואר פבר | מרץ מרס | אפריל אפר | מאי | יוני | יולי | אוגוסט אוג | ספטמבר ספט | אוקטובר אוק | נובמבר נוב | דצמבר דצמ
ιανουαρίου ιανουάριος ιαν | φεβρουαρίου φεβρουάριος φεβ | μαρτίου μάρτιος μαρ | απριλίου απρίλιος απρ | μαΐου μάιος μάι | ιουνίου ιούνιος ιουν ιον | ιουλίου ιούλιος ιουλ ιολ | αυγούστου αύγουστος αυγ | σεπτεμβρίου σεπτέμβριος σεπτ σεπ | οκτωβρίου οκτώβριος οκτ | νοεμβρίου νοέμβριος νοε | δεκεμβρίου δεκέμβριος δεκ
stycznia styczeń sty | lutego luty lut | marca marzec mar | kwietnia kwiecień kwi | maja maj | czerwca czerwiec cze | lipca lipiec lip | sierpnia sierpień sie | września wrzesień wrz | października październik paź | listopada listopad lis | grudnia grudzień gru
ledna leden led | února únor úno | března březen bře | dubna duben dub | května květen kvě | června červen čvn | července červenec čvc | srpna srpen srp | září zář | října říjen říj | listopadu lis | prosince prosinec pro
januari jan | februari feb | maart mrt | april apr | mei | juni jun | juli jul | augustus augusti aug | september sep | oktober okt | november nov | december dec
ianuarie ian | februarie feb | martie mar | aprilie apr | mai | iunie iun | iulie iul | august aug | septembrie sept | octombrie oct | noiembrie nov | decembrie dec
január jan | február februári febr | március márc | április ápr | május máj | június jún | július júl | augusztus aug | szeptember szept | október okt | november nov | december dec
հունվարի հունվար հնվ | փետրվարի փետրվար փտվ | մարտի մարտ մրտ | ապրիլի ապրիլ ապր | մայիսի մայիս մյս | հունիսի հունիս հնս | հուլիսի հուլիս հլս | օգոստոսի օգոստոս օգս | սեպտեմբերի սեպտեմբեր սեպ | հոկտեմբերի հոկտեմբեր հոկ | նոյեմբերի նոյեմբեր նոյ | դեկտեմբերի դեկտեմբեր դեկ
იანვარი იან | თებერვალი თებ | მარტი მარ | აპრილი აპრ | მაისი მაი | ივნისი ივნ | ივლისი ივლ | აგვისტო აგვ | სექტემბერი სექ | ოქტომბერი ოქტ | ნოემბერი ნოე | დეკემბერი დეკ
januára január jan | februára február feb | marca marec mar | apríla apríl apr | mája máj | júna jún | júla júl | augusta august aug | septembra september sep | októbra október okt | novembra november nov | decembra december dec
januarja januar jan | februarja februar feb | marca marec mar | aprila april apr | maja maj | junija junij jun | julija julij jul | avgusta avgust avg | septembra september sep | oktobra oktober okt | novembra november nov | decembra december dec
januar jan | februar feb | mart mar | april apr | maj | juni jun | juli jul | august avgust avg | septembar sep | oktobar okt | novembar nov | decembar dec
siječnja siječanj sij | veljače veljača velj | ožujka ožujak ožu | travnja travanj tra | svibnja svibanj svi | lipnja lipanj | srpnja srpanj | kolovoza kolovoz kol | rujna rujan ruj | | studenoga studenog studeni stu | prosinca prosinac
januar jan | februar feb | mars marts mar | april apr | mai maj | juni jun | juli jul | august aug | september sep sept | oktober okt | november nov | desember december des
janúar jan | febrúar feb | mars mar | apríl apr | maí | júní jún | júlí júl | ágúst ágú | september sep | október okt | nóvember nóv | desember des
tammikuuta tammikuu tammi | helmikuuta helmikuu helmi | maaliskuuta maaliskuu maalis | huhtikuuta huhtikuu huhti | toukokuuta toukokuu touko | kesäkuuta kesäkuu kesä | heinäkuuta heinäkuu heinä | elokuuta elokuu elo | syyskuuta syyskuu syys | lokakuuta lokakuu loka | marraskuuta marraskuu marras | joulukuuta joulukuu joulu
jaanuar jaan | veebruar veebr | märts | aprill apr | mai | juuni | juuli | august aug | september sept | oktoober okt | november nov | detsember dets
janvāris janvārī janv | februāris februārī febr | marts martā | aprīlis aprīlī apr | maijs maijā | jūnijs jūnijā jūn | jūlijs jūlijā jūl | augusts augustā aug | septembris septembrī sept | oktobris oktobrī okt | novembris novembrī nov | decembris decembrī dec
sausio sausis saus | vasario vasaris vas | kovo kovas | balandžio balandis bal | gegužės gegužė geg | birželio birželis birž | liepos liepa liep | rugpjūčio rugpjūtis rugp | rugsėjo rugsėjis rugs | spalio spalis spal | lapkričio lapkritis lapkr | gruodžio gruodis gruod
janar jan | shkurt shk | mars mar | prill pri | maj | qershor qer | korrik kor | gusht gush | shtator sht | tetor tet | nëntor nën | dhjetor dhj
gener gen | febrer febr | març | abril abr | maig | juny | juliol jul | agost ag | setembre set | octubre oct | novembre nov | desembre des
xaneiro xan | febreiro feb | marzo mar | abril abr | maio | xuño | xullo | agosto ago | setembro set | outubro out | novembro nov | decembro dec
januari jan | februari pebruari feb | maret mac | april apr | mei | juni jun | juli julai jul | agustus ogos agu agt ags ogo | september sep | oktober okt | november nopember nov | desember disember des dis
januari jan | februari feb | machi mac | aprili apr | mei | juni jun | julai jul | agosti ago | septemba sep | oktoba okt | novemba nov | desemba disemba des
januarie jan | februarie feb | maart mrt | april apr | mei | junie jun | julie jul | augustus aug | september sep | oktober okt | november nov | desember des
қаңтар қаң | ақпан ақп | наурыз нау | сәуір сәу | мамыр мам | маусым мау | шілде шіл | тамыз там | қыркүйек қыр | қазан қаз | қараша қар | желтоқсан жел
январ янв | феврал фев | март мар | апрел апр | май | июн | июл | август авг | сентябр сен | октябр окт | ноябр ноя | декабр дек
январи янв | феврали фев | марти мар | апрели апр | майи | июни июн | июли июл | августи авг | сентябри сен | октябри окт | ноябри ноя | декабри дек
ýanwar ýan | fewral few | mart | aprel apr | maý | iýun iýn | iýul iýl | awgust awg | sentýabr sen | oktýabr okt | noýabr noý | dekabr dek
rêbendan çile | reşemî sibat | adar | avrêl | gulan | hezîran pûşper | tîrmeh | tebax gelawêj | îlon rezber | cotmeh | mijdar | berfanbar
جنوري | فبروري | مارچ | اپریل | مۍ می | جون | جولای | اګست | سپټمبر سپتمبر | اکتوبر | نومبر نوامبر | ډسمبر دسمبر
जनवरी | फ़रवरी फरवरी | मार्च | अप्रैल | मई | जून | जुलाई | अगस्त | सितंबर सितम्बर | अक्टूबर अक्तूबर | नवंबर नवम्बर | दिसंबर दिसम्बर
জানুয়ারি জানুয়ারী | ফেব্রুয়ারি ফেব্রুয়ারী | মার্চ | এপ্রিল | মে | জুন | জুলাই | আগস্ট | সেপ্টেম্বর | অক্টোবর | নভেম্বর | ডিসেম্বর
"""  # noqa: E501 - a language to a line
# Iran's names, and Afghanistan's: the same calendar.
_SOLAR_HIJRI_MONTHS = """
فروردین | اردیبهشت | خرداد | تیر | مرداد امرداد | شهریور | مهر | آبان | آذر | دی | بهمن | اسفند
حمل | ثور | جوزا | سرطان | اسد | سنبله | میزان | عقرب | قوس | جدی | دلو | حوت
"""
_WEEKDAYS = """
monday mon | tuesday tues tue | wednesday wed | thursday thurs thur thu | friday fri | saturday sat | sunday sun
понедельник пн | вторник вт | среда ср | четверг чт | пятница пт | суббота сб | воскресенье вс
понеділок | вівторок | середа | четвер | п'ятниця пʼятниця п’ятниця | субота | неділя нд
pazartesi pzt | salı sal | çarşamba çar çrş | perşembe per prş | cuma cum | cumartesi cmt | pazar paz
الاثنين الإثنين | الثلاثاء | الأربعاء | الخميس | الجمعة | السبت | الأحد
دوشنبه دو_شنبه | سهشنبه سه_شنبه | چهارشنبه چهار_شنبه | پنجشنبه پنج_شنبه | جمعه | شنبه | یکشنبه یک_شنبه
پیر | منگل | بدھ | جمعرات | جمعہ | ہفتہ | اتوار
lundi lun | mardi mar | mercredi mer | jeudi jeu | vendredi ven | samedi sam | dimanche dim
montag mo | dienstag di | mittwoch mi | donnerstag do | freitag fr | samstag sonnabend sa | sonntag
lunedì lun | martedì mar | mercoledì mer | giovedì gio | venerdì ven | sabato sab | domenica dom
lunes lun | martes mar | miércoles mié | jueves jue | viernes vie | sábado sáb | domingo dom
segunda segunda_feira seg | terça terça_feira ter | quarta quarta_feira qua | quinta quinta_feira qui | sexta sexta_feira sex | sábado sáb | domingo dom
יום_שני יום_ב שני | יום_שלישי יום_ג שלישי | יום_רביעי יום_ד רביעי | יום_חמישי יום_ה חמישי | יום_שישי יום_ו שישי | יום_שבת שבת | יום_ראשון יום_א ראשון
δευτέρα δευ | τρίτη τρι | τετάρτη τετ | πέμπτη πεμ | παρασκευή παρ | σάββατο σαβ | κυριακή κυρ
poniedziałek pon pn | wtorek wt | środa śr | czwartek czw | piątek pt pią | sobota sob | niedziela niedz nie
pondělí po | úterý út | středa st | čtvrtek čt | pátek pá | sobota | neděle ne
maandag ma | dinsdag di | woensdag wo | donderdag do | vrijdag vr | zaterdag za | zondag zo
hétfő | kedd | szerda sze | csütörtök | péntek | szombat szo | vasárnap
måndag mån | tisdag tis | onsdag ons | torsdag tors | fredag fre | lördag lör | söndag sön
月曜日 月 星期一 周一 월요일 월 | 火曜日 火 星期二 周二 화요일 화 | 水曜日 水 星期三 周三 수요일 수 | 木曜日 木 星期四 周四 목요일 목 | 金曜日 金 星期五 周五 금요일 금 | 土曜日 土 星期六 周六 토요일 토 | 日曜日 日 星期日 星期天 周日 일요일 일
luni lun | marți mar | miercuri mie | joi | vineri vin | sâmbătă sâm | duminică dum
senin sen | selasa sel | rabu rab | kamis kam | jumat jum'at jum | sabtu sab | minggu ahad
pondelok | utorok | streda | štvrtok | piatok | sobota | nedeľa
ponedeljak ponedjeljak pon | utorak uto | sreda srijeda sri | četvrtak čet | petak pet | subota sub | nedelja nedjelja ned
mandag man | tirsdag tir | onsdag ons | torsdag tor | fredag fre | lørdag lør | søndag søn
maanantai ma | tiistai ti | keskiviikko ke | torstai to | perjantai pe | lauantai la | sunnuntai su
дүйсенбі | сейсенбі | сәрсенбі | бейсенбі | жұма | сенбі | жексенбі
"""  # noqa: E501
_BEFORE_NOON = "am a_m ص صباحا صباح فجرا صبح قظ قبل_از_ظهر öö 上午 午前 오전 πμ дп 早上 凌晨"
_AFTER_NOON = "pm p_m p_m م مساء مساءا ظهرا عصرا عصر بظ بعد_از_ظهر بعدازظهر ös 下午 午後 午后 오후 μμ пп 晚上"
# Words beside a day, a year or a time that say nothing of them.
_FILLERS = (
    "so t at on of the à le um uhr den der el de del la las a los às ore alle il h в г год года р року ч о об saat"
    " günü ساعت الساعة الموافق مورخ ماه سال min يوم في من به ב בשעה שעה στις η o godz g r roku ob"
    " m d gada kl klo kello pukul pkl jam жылғы жылы"
)


@cache
def months() -> dict[str, int]:
    """Return the numbers of months by folded name, the words of a name joined by spaces."""
    return _numbers(_MONTHS)


@cache
def solar_hijri_months() -> dict[str, int]:
    """Return the numbers of the months of Iran's and Afghanistan's calendar by folded name."""
    return _numbers(_SOLAR_HIJRI_MONTHS)


@cache
def weekdays() -> dict[str, int]:
    """Return the numbers of weekdays, Monday 0, by folded name."""
    return {name: number - 1 for name, number in _numbers(_WEEKDAYS).items()}


@cache
def halves_of_day() -> dict[str, int]:
    """Return 0 for words for the hours before noon and 12 for those after."""
    return dict.fromkeys(_folded(_BEFORE_NOON), 0) | dict.fromkeys(_folded(_AFTER_NOON), 12)


@cache
def fillers() -> frozenset[str]:
    """Return the folded words that say nothing."""
    return frozenset(_folded(_FILLERS))


def _numbers(lines: str) -> dict[str, int]:
    """Return the place of each name in its line, from 1."""
    found: dict[str, int] = {}
    for line in lines.strip().splitlines():
        for number, names in enumerate(line.split("|"), 1):
            for name in _folded(names):
                found[name] = number
                if "א" <= name[0] <= "ת":
                    found["ב" + name] = number  # "in", written as one word with the month
    return found


def _folded(names: str) -> list[str]:
    return [fold(name.replace("_", " ")) for name in names.split()]
