//! The figures as tables, and what each of them means.

use super::{Compliance, Count, Ended, Figures, Named, Spread};
use crate::{catalogue::Name, table::Table};

/// What each figure means, in both languages: at the foot of the paper and of the page.
pub const MEANINGS: [(&str, &str); 8] = [
    (
        "Received: submitted in the period; one whose submission was never sent, first told to Mohor in it. Every day is a \
         civil day of Indian Standard Time. Figures rest on what was recorded when they were made; what is reported later \
         corrects the next report.",
        "প্রাপ্ত: এই সময়কালে জমা পড়া আবেদন; যার জমার দিন জানানো হয়নি, তা প্রথম জানানোর দিন ধরে। সব দিন ভারতীয় সময় অনুসারে। হিসাব তৈরির সময় যা নথিভুক্ত ছিল তার উপরেই এই হিসাব; পরে জানানো তথ্য পরের প্রতিবেদনে আসে।",
    ),
    (
        "Disposed of: the service was provided or the application rejected in the period. In time: on the last day of the \
         limit or before; of a service in stages, every stage was. Late: after it. No limit: none is notified, or its \
         condition was never met. Withdrawn by the citizen: told apart.",
        "নিষ্পত্তি: এই সময়কালে পরিষেবা দেওয়া বা আবেদন প্রত্যাখ্যান। সময়ের মধ্যে: সময়সীমার শেষ দিনে বা তার আগে; ধাপে ধাপে হলে প্রতিটি ধাপ। দেরিতে: তার পরে। সময়সীমা নেই: বিজ্ঞাপিত হয়নি, অথবা শুরুর শর্ত পূরণ হয়নি। নাগরিকের প্রত্যাহার আলাদা দেখানো হয়েছে।",
    ),
    (
        "Pending: neither disposed of nor withdrawn at the end of the period, or at the moment named above if that was \
         earlier. Brought forward and received together are disposed of, withdrawn and pending together.",
        "অমীমাংসিত: সময়কালের শেষে (অথবা উপরে লেখা সময়ে, যদি তা আগে হয়) যার নিষ্পত্তি বা প্রত্যাহার হয়নি। আগের বকেয়া ও প্রাপ্তের যোগফল = নিষ্পত্তি, প্রত্যাহৃত ও অমীমাংসিতের যোগফল।",
    ),
    (
        "Days: from the day on which the clock started to the day of disposal. Of N figures in order the median is number \
         N/2, the 90th percentile number 9N/10, both rounded up. Days that count leave out holidays and pauses.",
        "দিন: ঘড়ি শুরুর দিন থেকে নিষ্পত্তির দিন পর্যন্ত। ক্রমে সাজানো N সংখ্যার মধ্যে মধ্যক N/2-তম ও ৯০তম শতাংশক 9N/10-তম, পূর্ণ সংখ্যায়। গণ্য দিনে ছুটি ও স্থগিতকাল বাদ।",
    ),
    (
        "Late without pauses: what would have been late had no pause stopped the clock. The difference to what is late is in \
         time only because of a pause.",
        "স্থগিতকাল না ধরলে দেরি: কোনো স্থগিতকাল ঘড়ি না থামালে যা দেরি হত। প্রকৃত দেরির সঙ্গে তফাতটুকু কেবল স্থগিতকালের জন্যই সময়ের মধ্যে।",
    ),
    (
        "Pauses in the last two days: begun when two days that count were left or fewer, that day included, by the due day as \
         it stood before that pause.",
        "শেষ দুই দিনের স্থগিতকাল: স্থগিতের আগে যে শেষ দিন ছিল তার হিসাবে দুই বা কম গণ্য দিন বাকি থাকতে (সেই দিন সমেত) শুরু।",
    ),
    (
        "Reasons are in the department's own words; equal words are counted together. A rejection may have several.",
        "কারণগুলি দপ্তরের নিজের ভাষায়; একই কথা একসঙ্গে গোনা হয়েছে। একটি প্রত্যাখ্যানের একাধিক কারণ থাকতে পারে।",
    ),
    (
        "An office answers for what was with it when the figures were made; a service in stages has a limit for each stage.",
        "হিসাব তৈরির সময় যে কার্যালয়ে আবেদনটি ছিল, সেই কার্যালয়ের নামে গোনা; ধাপের পরিষেবায় প্রতিটি ধাপের আলাদা সময়সীমা।",
    ),
];

/// The tables. `service` names a service by its slug.
pub fn sheet(found: &Compliance, service: impl Fn(&str) -> Name) -> Vec<Table> {
    let total = &found.total;
    let mut tables = vec![movement(total), ended(total), pending(total), days(total), pauses(total)];
    let named = |rows: &[Named<Figures>], name: &dyn Fn(&str) -> Name| {
        rows.iter().map(|row| (name(&row.name), row.figures.clone())).collect::<Vec<_>>()
    };
    let services = named(&found.services, &service);
    tables.push(each(Name::new("By service", "পরিষেবা অনুযায়ী"), ("Service", "পরিষেবা"), services));
    let mut offices = named(&found.offices, &|code| match code {
        "" => Name::new("none named", "নাম নেই"),
        code => Name::same(code),
    });
    offices.extend(found.other_offices.clone().map(|it| (Name::new("other offices", "অন্যান্য কার্যালয়"), it)));
    tables.push(each(Name::new("By office", "কার্যালয় অনুযায়ী"), ("Office", "কার্যালয়"), offices));
    tables.push(reasons(
        Name::new("Reasons of pauses", "স্থগিতের কারণ"),
        &found.pause_reasons,
        found.other_pause_reasons,
    ));
    tables.push(reasons(
        Name::new("Reasons of rejections", "প্রত্যাখ্যানের কারণ"),
        &found.rejection_reasons,
        found.other_rejection_reasons,
    ));
    tables
}

fn movement(of: &Figures) -> Table {
    let mut table = Table::figures(
        Name::new("Applications", "আবেদন"),
        &[("What became of them", "কী হল"), ("Applications", "আবেদন")],
    );
    for (en, bn, figure) in [
        ("Brought forward", "আগের বকেয়া", of.brought_forward),
        ("Received", "প্রাপ্ত", of.received),
        ("Disposed of", "নিষ্পত্তি", of.disposed().all()),
        ("Withdrawn by the citizen", "নাগরিক প্রত্যাহার করেছেন", of.withdrawn.all()),
        ("Pending", "অমীমাংসিত", of.pending.all()),
    ] {
        table.add(Name::new(en, bn), [figure]);
    }
    table
}

fn ended(of: &Figures) -> Table {
    let columns = [
        ("How they ended", "কীভাবে শেষ হল"),
        ("In time", "সময়ের মধ্যে"),
        ("Late", "দেরিতে"),
        ("No limit", "সময়সীমা নেই"),
        ("Together", "মোট"),
    ];
    let mut table = Table::figures(Name::new("Disposed of", "নিষ্পত্তি"), &columns);
    let row = |ended: Ended| [ended.in_time, ended.late, ended.no_limit, ended.all()];
    table.add(Name::new("Provided", "পরিষেবা দেওয়া হয়েছে"), row(of.provided));
    table.add(Name::new("Rejected", "প্রত্যাখ্যাত"), row(of.rejected));
    table.add(Name::new("Disposed of", "নিষ্পত্তি"), row(of.disposed()));
    table.add(Name::new("Withdrawn", "প্রত্যাহৃত"), row(of.withdrawn));
    table
}

fn pending(of: &Figures) -> Table {
    let mut table = Table::figures(
        Name::new("Pending", "অমীমাংসিত"),
        &[("Where they stand", "কোথায় দাঁড়িয়ে"), ("Applications", "আবেদন")],
    );
    for (en, bn, figure) in [
        ("In time", "সময়ের মধ্যে", of.pending.in_time),
        ("Beyond the limit", "সময়সীমা পেরিয়ে", of.pending.beyond),
        ("Paused within the limit", "সময়সীমার মধ্যে স্থগিত", of.pending.paused),
        ("Waiting for the start of the limit", "সময়সীমা শুরুর অপেক্ষায়", of.pending.not_started),
        ("No limit", "সময়সীমা নেই", of.pending.no_limit),
    ] {
        table.add(Name::new(en, bn), [figure]);
    }
    table
}

fn days(of: &Figures) -> Table {
    let columns =
        [("From the start to the disposal", "শুরু থেকে নিষ্পত্তি"), ("Median", "মধ্যক"), ("90th percentile", "৯০তম শতাংশক")];
    let mut table = Table::figures(Name::new("Days taken", "কত দিন লাগল"), &columns);
    for (en, bn, spread) in
        [("Civil days", "পঞ্জিকার দিন", of.days), ("Days that count for the limit", "সময়সীমার গণ্য দিন", of.counted_days)]
    {
        table.rows.push(vec![Name::new(en, bn), figure(spread.median), figure(spread.p90)]);
    }
    table
}

fn pauses(of: &Figures) -> Table {
    let mut table = Table::figures(Name::new("Pauses", "স্থগিতকাল"), &[("What they did", "কী করল"), ("Number", "সংখ্যা")]);
    for (en, bn, figure) in [
        ("Disposed of late", "দেরিতে নিষ্পত্তি", of.disposed().late),
        ("The same without pauses", "স্থগিতকাল না ধরলে", of.late_without_pauses),
        ("Pending beyond the limit", "সময়সীমা পেরিয়ে অমীমাংসিত", of.pending.beyond),
        ("The same without pauses", "স্থগিতকাল না ধরলে", of.beyond_without_pauses),
        ("Pauses begun", "শুরু হওয়া স্থগিতকাল", of.pauses),
        ("Of them in the last two days", "তার মধ্যে শেষ দুই দিনে", of.last_minute_pauses),
        ("Of them beyond the limit", "তার মধ্যে সময়সীমা পেরিয়ে", of.overdue_pauses),
    ] {
        table.add(Name::new(en, bn), [figure]);
    }
    table
}

/// The same figures of each.
fn each(head: Name, first: (&str, &str), rows: Vec<(Name, Figures)>) -> Table {
    let columns = [
        first,
        ("Received", "প্রাপ্ত"),
        ("In time", "সময়ে"),
        ("Late", "দেরিতে"),
        ("Late without pauses", "স্থগিত না ধরলে দেরি"),
        ("Pending, not beyond", "অমীমাংসিত, পেরোয়নি"),
        ("Beyond", "সময়সীমা পেরিয়ে"),
        ("Median days", "মধ্যক দিন"),
        ("90th percentile", "৯০তম শতাংশক"),
        ("Pauses", "স্থগিতকাল"),
        ("In the last two days", "শেষ দুই দিনে"),
    ];
    let mut table = Table::figures(head, &columns);
    for (name, of) in rows {
        let (disposed, Spread { median, p90 }) = (of.disposed(), of.days);
        let in_time = of.pending.all() - of.pending.beyond;
        let number = |figure: u64| Name::same(figure.to_string());
        let mut row = vec![name];
        row.extend([of.received, disposed.in_time, disposed.late, of.late_without_pauses].map(number));
        row.extend([in_time, of.pending.beyond].map(number));
        row.extend([figure(median), figure(p90)]);
        row.extend([of.pauses, of.last_minute_pauses].map(number));
        table.rows.push(row);
    }
    table
}

fn reasons(head: Name, rows: &[Named<Count>], others: u64) -> Table {
    let mut table = Table::figures(head, &[("Reason", "কারণ"), ("Number", "সংখ্যা")]);
    for row in rows {
        let reason = match row.name.as_str() {
            "" => Name::new("none recorded", "নথিভুক্ত নেই"),
            text => Name::same(text),
        };
        table.add(reason, [row.figures.count]);
    }
    if others > 0 {
        table.add(Name::new("other reasons", "অন্যান্য কারণ"), [others]);
    }
    table
}

fn figure(days: Option<u32>) -> Name {
    Name::same(days.map_or("–".into(), |days| days.to_string()))
}
