//! A stage's place at the broker: one channel, one consumer, what is in hand.
//!
//! A message that workers have ended with is taken alone, and after each new connection the seat takes one at a time
//! until a message comes that nobody ended with: what crashes its worker takes no neighbour with it to the dead.

use crate::{
    link::{Link, Live},
    message,
};
use futures_util::{FutureExt, StreamExt};
use lapin::{
    Channel, Consumer,
    message::Delivery,
    options::{BasicAckOptions, BasicCancelOptions, BasicConsumeOptions, BasicQosOptions, BasicRejectOptions},
    types::FieldTable,
};
use mohor_domain::stage::Stage;
use mohor_ports::{
    bus::Hint,
    error::{Error, Result},
};
use std::{
    collections::{BTreeSet, VecDeque},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};
use tokio::time::{Instant, timeout, timeout_at};

/// Deliveries that may have ended with their worker by chance: a deployment, a machine that was lost.
const BY_CHANCE: i64 = 1;
/// Bits of a tag that are the channel's own.
const CHANNEL_BITS: u32 = 40;
/// A call to the broker, at most.
const CALL: Duration = Duration::from_secs(5);

/// A stage's place.
pub(crate) struct Seat {
    stage: Stage,
    prefetch: u16,
    line: tokio::sync::Mutex<Option<Line>>,
    hand: Mutex<Hand>,
}

/// The open channel.
struct Line {
    live: Arc<Live>,
    channel: Channel,
    consumer: Consumer,
    cautious: bool,
}

/// What is in hand, and what came back.
#[derive(Default)]
struct Hand {
    generation: u64,
    channel: Option<Channel>,
    taken: BTreeSet<u64>,
    back: VecDeque<Hint>,
    /// Messages that are given alone.
    alone: VecDeque<Hint>,
}

impl Seat {
    pub(crate) fn new(stage: Stage, prefetch: u16) -> Self {
        Self { stage, prefetch, line: tokio::sync::Mutex::default(), hand: Mutex::default() }
    }

    /// Waits for one hint, then takes what is buffered.
    pub(crate) async fn take(&self, link: &Link, most: usize, patience: Duration) -> Result<Vec<Hint>> {
        let until = Instant::now() + patience;
        let Ok(mut line) = timeout_at(until, self.line.lock()).await else { return Ok(vec![]) };
        let live = link.live().await?;
        if line
            .as_ref()
            .is_none_or(|line| line.live.generation != live.generation || !line.channel.status().connected())
        {
            *line = None;
            *line = Some(self.open(link, live).await?);
        }
        if let Some(waiting) = self.waiting(most) {
            return Ok(waiting);
        }
        let Some(open) = line.as_mut() else { return Ok(vec![]) };
        let Ok(first) = timeout_at(until, open.consumer.next()).await else { return Ok(vec![]) };
        let first = match first {
            Some(Ok(delivery)) => delivery,
            ended => {
                *line = None;
                let error =
                    Error::outage(format!("the broker {} stopped giving out {}", link.name, self.stage.as_str()));
                return Err(match ended {
                    Some(Err(beneath)) => error.because(beneath),
                    _ => error,
                });
            }
        };
        if message::deaths(&first) > BY_CHANCE {
            return Ok(vec![self.note(&first)]);
        }
        let mut hints = vec![self.note(&first)];
        if open.cautious {
            self.trust(link, open).await?;
        }
        while hints.len() < most
            && let Some(Some(Ok(delivery))) = open.consumer.next().now_or_never()
        {
            let hint = self.note(&delivery);
            match message::deaths(&delivery) > BY_CHANCE {
                true => self.hand().alone.push_back(hint),
                false => hints.push(hint),
            }
        }
        Ok(hints)
    }

    /// What came back, or what is given alone.
    fn waiting(&self, most: usize) -> Option<Vec<Hint>> {
        let mut hand = self.hand();
        if !hand.back.is_empty() {
            let count = most.min(hand.back.len());
            return Some(hand.back.drain(..count).collect());
        }
        hand.alone.pop_front().map(|hint| vec![hint])
    }

    async fn open(&self, link: &Link, live: Arc<Live>) -> Result<Line> {
        let opening = async {
            let channel = live.inward.create_channel().await?;
            channel.basic_qos(1, BasicQosOptions::default()).await?;
            let consumer = self.consume(&channel).await?;
            Ok::<_, lapin::Error>((channel, consumer))
        };
        let (channel, consumer) = match timeout(CALL, opening).await {
            Ok(opened) => opened.map_err(|error| link.trouble(&live, error))?,
            Err(_) => {
                live.give_up();
                return Err(link.away());
            }
        };
        // Whatever was in hand over another channel comes again by itself.
        let mut hand = self.hand();
        *hand = Hand { generation: hand.generation + 1, channel: Some(channel.clone()), ..Hand::default() };
        drop(hand);
        Ok(Line { live, channel, consumer, cautious: true })
    }

    /// From one at a time to as many as the stage takes. Nothing is buffered: the only message is in hand.
    async fn trust(&self, link: &Link, line: &mut Line) -> Result<()> {
        let change = async {
            line.channel.basic_cancel(line.consumer.tag(), BasicCancelOptions::default()).await?;
            line.channel.basic_qos(self.prefetch, BasicQosOptions::default()).await?;
            self.consume(&line.channel).await
        };
        match timeout(CALL, change).await {
            Ok(consumer) => line.consumer = consumer.map_err(|error| link.trouble(&line.live, error))?,
            Err(_) => {
                line.live.give_up();
                return Err(link.away());
            }
        }
        line.cautious = false;
        Ok(())
    }

    async fn consume(&self, channel: &Channel) -> lapin::Result<Consumer> {
        let word = self.stage.as_str();
        channel.basic_consume(word.into(), "".into(), BasicConsumeOptions::default(), FieldTable::default()).await
    }

    fn note(&self, delivery: &Delivery) -> Hint {
        let mut hand = self.hand();
        hand.taken.insert(delivery.delivery_tag);
        message::read(self.stage, delivery, hand.generation << CHANNEL_BITS | delivery.delivery_tag)
    }

    /// Acknowledges: with one word where nothing older is in hand, else one by one. A channel that is gone has nothing to
    /// be told; its messages come again and find their work done.
    pub(crate) async fn settle(&self, hints: &[Hint]) {
        let (channel, tags, all) = {
            let mut hand = self.hand();
            let generation = hand.generation;
            let own = |hint: &&Hint| hint.tag >> CHANNEL_BITS == generation;
            let tags: Vec<u64> = hints.iter().filter(own).map(|hint| hint.tag & ((1 << CHANNEL_BITS) - 1)).collect();
            hand.taken.retain(|tag| !tags.contains(tag));
            let last = tags.iter().max().copied().unwrap_or_default();
            let all = hand.taken.first().is_none_or(|oldest| *oldest > last);
            (hand.channel.clone(), tags, all)
        };
        let (Some(channel), Some(last)) = (channel, tags.iter().max().copied()) else { return };
        if all {
            let _ = timeout(CALL, channel.basic_ack(last, BasicAckOptions { multiple: true })).await;
            return;
        }
        for tag in tags {
            let _ = timeout(CALL, channel.basic_ack(tag, BasicAckOptions::default())).await;
        }
    }

    /// To the dead. Over a channel that is gone nothing can be refused: it comes again.
    pub(crate) async fn refuse(&self, hints: &[Hint]) {
        let (channel, generation) = {
            let mut hand = self.hand();
            let generation = hand.generation;
            hand.taken.retain(|tag| !hints.iter().any(|hint| hint.tag == generation << CHANNEL_BITS | tag));
            (hand.channel.clone(), generation)
        };
        let Some(channel) = channel else { return };
        for hint in hints.iter().filter(|hint| hint.tag >> CHANNEL_BITS == generation) {
            let tag = hint.tag & ((1 << CHANNEL_BITS) - 1);
            let _ = timeout(CALL, channel.basic_reject(tag, BasicRejectOptions { requeue: false })).await;
        }
    }

    /// Held here, to be taken again: the broker counts nothing.
    pub(crate) fn give_back(&self, hints: &[Hint]) {
        let mut hand = self.hand();
        let generation = hand.generation;
        for hint in hints.iter().rev().filter(|hint| hint.tag >> CHANNEL_BITS == generation) {
            hand.back.push_front(hint.clone());
        }
    }

    fn hand(&self) -> MutexGuard<'_, Hand> {
        self.hand.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
