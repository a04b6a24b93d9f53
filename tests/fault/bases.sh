# shellcheck shell=bash
# Small clips in many containers and codecs, from one clip, with the ffmpeg program.
# Sourced: make_bases CLIP FOLDER [SIZE]. Prints how many there are.
make_bases() {
    local name codecs n=0
    mkdir -p "$2"
    while read -r name codecs; do
        [ -n "$name" ] || continue
        # shellcheck disable=SC2086 # options
        if ffmpeg -nostdin -v error -y -threads 1 -t "${4:-2}" -i "$1" -vf "scale=${3:-160:120},fps=10" \
            $codecs -fflags +bitexact -flags +bitexact "$2/$name" >/dev/null 2>&1; then
            n=$((n + 1))
        else
            rm -f "$2/$name"
        fi
    done <<'LIST'
mp4_h264_aac.mp4 -c:v libx264 -preset ultrafast -c:a aac
mp4_frag_h264_aac.mp4 -c:v libx264 -preset ultrafast -c:a aac -movflags frag_keyframe+empty_moov
mkv_hevc_opus.mkv -c:v libx265 -preset ultrafast -x265-params log-level=none:pools=1 -c:a libopus
mkv_ffv1_flac.mkv -c:v ffv1 -c:a flac
webm_vp8_vorbis.webm -c:v libvpx -deadline realtime -cpu-used 8 -c:a libvorbis
webm_vp9_opus.webm -c:v libvpx-vp9 -deadline realtime -cpu-used 8 -c:a libopus
avi_mpeg4_mp3.avi -c:v mpeg4 -c:a libmp3lame
avi_msmpeg4_adpcm.avi -c:v msmpeg4 -c:a adpcm_ms
mov_mjpeg_pcm.mov -c:v mjpeg -pix_fmt yuvj420p -c:a pcm_s16le
mov_prores_alac.mov -c:v prores -c:a alac
ts_mpeg2_mp2.ts -r 25 -c:v mpeg2video -c:a mp2
mpg_mpeg1_mp2.mpg -r 25 -c:v mpeg1video -c:a mp2
flv_flv1_mp3.flv -c:v flv -c:a libmp3lame -ar 44100
ogv_theora_vorbis.ogv -c:v libtheora -c:a libvorbis
wmv_wmv2_wma.wmv -c:v wmv2 -c:a wmav2
asf_wmv1_wma.asf -c:v wmv1 -c:a wmav1
3gp_h263_aac.3gp -s 176x144 -c:v h263 -c:a aac
mkv_mpeg4_ac3.mkv -c:v mpeg4 -c:a ac3
gif_gif.gif -an -c:v gif
wav_pcm.wav -vn -c:a pcm_s16le
mp3_mp3.mp3 -vn -c:a libmp3lame
flac_flac.flac -vn -c:a flac
ogg_vorbis.ogg -vn -c:a libvorbis
opus_opus.opus -vn -c:a libopus
m4a_aac.m4a -vn -c:a aac
aac_adts.aac -vn -c:a aac
aiff_pcm.aiff -vn -c:a pcm_s16be
LIST
    echo $n
}
